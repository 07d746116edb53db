import { TenantryError } from '@tenantry/context'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'

const hopsMax = 32

/** An OpenAPI document of version 3, of which references are looked up. */
export class OpenapiDocument {
  readonly root: JsonObject

  /** Throws `ATTACK_OPENAPI` for what is no such document. */
  constructor(document: unknown) {
    if (!isJsonObject(document)) throw brokenDocument('it is no object')
    const { openapi, paths } = document
    if (typeof openapi !== 'string' || !openapi.startsWith('3.')) {
      throw brokenDocument(`\`openapi\` is \`${String(openapi ?? document.swagger)}\`, not 3.0 or 3.1`)
    }
    if (!isJsonObject(paths)) throw brokenDocument('it has no `paths`')
    this.root = document
  }

  /** What `value` refers to, through several references if it must be; `value` itself without one. Throws `ATTACK_OPENAPI`. */
  resolve(value: JsonObject): JsonObject {
    let found: Json | undefined = value
    for (let hop = 0; isJsonObject(found) && typeof found.$ref === 'string'; hop++) {
      const { $ref, ...beside }: JsonObject = found
      if (hop > hopsMax) throw brokenDocument(`\`${String($ref)}\` refers to itself`)
      const target = this.#find(String($ref))
      found = { ...target, ...beside }
    }
    return isJsonObject(found) ? found : {}
  }

  #find(reference: string): JsonObject {
    if (!reference.startsWith('#/')) throw brokenDocument(`\`${reference}\` is in another document`)
    let found: Json | undefined = this.root
    for (const part of reference.slice(2).split('/')) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
      found = isJsonObject(found) ? found[name] : undefined
    }
    if (!isJsonObject(found)) throw brokenDocument(`\`${reference}\` leads nowhere`)
    return found
  }
}

export function brokenDocument(fact: string): TenantryError {
  return new TenantryError('ATTACK_OPENAPI', `the OpenAPI document cannot be read: ${fact}`, {
    help: 'give the document as an object, of OpenAPI 3.0 or 3.1, bundled so that it refers to itself alone',
  })
}
