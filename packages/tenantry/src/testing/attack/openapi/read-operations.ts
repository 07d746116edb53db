import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { brokenDocument, type OpenapiDocument } from './openapi-document.ts'
import type { Operation, Parameter, ParameterPlace } from './operation.ts'
import type { Schema } from './schema.ts'

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const
const places: readonly string[] = ['path', 'query', 'header', 'cookie']
/** Set by the tenant's own credentials, or by HTTP. */
const headersOfOthers = ['authorization', 'content-type', 'accept', 'content-length', 'host']

/** Every operation of the document that the attacker knows how to send, in the document's order. Throws `ATTACK_OPENAPI`. */
export function readOperations(document: OpenapiDocument): Operation[] {
  const base = basePath(document.root.servers)
  const operations = Object.entries(document.root.paths as JsonObject).flatMap(([path, item]) => {
    if (!path.startsWith('/') || !isJsonObject(item)) return []
    const shared = document.resolve(item)
    return methods.flatMap((method) => {
      const operation = shared[method]
      return isJsonObject(operation)
        ? [readOperation(document, { base, path, method, shared, operation })]
        : []
    })
  })
  if (operations.length === 0) throw brokenDocument('it has no operation')
  return operations
}

interface OperationToRead {
  readonly base: string
  readonly path: string
  readonly method: string
  readonly shared: JsonObject
  readonly operation: JsonObject
}

function readOperation(document: OpenapiDocument, read: OperationToRead): Operation {
  const { base, path, method, shared, operation } = read
  const found = new Map<string, Parameter>()
  for (const value of [...asArray(shared.parameters), ...asArray(operation.parameters)]) {
    const parameter = readParameter(document, value)
    if (parameter) found.set(`${parameter.in} ${parameter.name.toLowerCase()}`, parameter)
  }
  // A placeholder that nobody declared is a parameter all the same.
  for (const [, name = ''] of path.matchAll(/\{([^}]+)\}/g)) {
    const key = `path ${name.toLowerCase()}`
    if (!found.has(key)) found.set(key, { name, in: 'path', required: true, schema: { type: 'string' } })
  }
  const body = isJsonObject(operation.requestBody) ? readBody(document, operation.requestBody) : undefined
  const name = `${method.toUpperCase()} ${path}`
  const parameters = [...found.values()]
  return { name, method: method.toUpperCase(), path: base + path, parameters, ...(body && { body }) }
}

function readParameter(document: OpenapiDocument, value: Json): Parameter | undefined {
  if (!isJsonObject(value)) return undefined
  const { name, in: place, required, schema, example, content } = document.resolve(value)
  if (typeof name !== 'string' || !places.includes(String(place)))
    throw brokenDocument('a parameter has no name')
  if (place === 'header' && headersOfOthers.includes(name.toLowerCase())) return undefined
  const [media] = isJsonObject(content) ? Object.values(content) : []
  const described = schema ?? (isJsonObject(media) ? media.schema : undefined)
  return {
    name,
    in: place as ParameterPlace,
    required: place === 'path' || required === true,
    schema: {
      ...(isJsonObject(described) && described),
      ...(example !== undefined && { example }),
    } as Schema,
  }
}

function readBody(document: OpenapiDocument, value: JsonObject): Operation['body'] {
  const { content, required } = document.resolve(value)
  if (!isJsonObject(content)) return undefined
  const types = Object.keys(content)
  const type =
    types.find((name) => /^application\/([\w.-]+\+)?json\b/.test(name)) ??
    types.find((name) => name.startsWith('application/x-www-form-urlencoded')) ??
    types.find((name) => name === '*/*')
  const media = type === undefined ? undefined : content[type]
  if (type === undefined || !isJsonObject(media)) return undefined
  const { schema = {}, example, examples } = media
  const shown = example ?? exampleAmong(document, examples)
  const described = isJsonObject(schema) ? schema : {}
  return {
    type: type === '*/*' ? 'application/json' : type,
    required: required === true,
    schema: { ...described, ...(shown !== undefined && { example: shown }) } as Schema,
  }
}

function exampleAmong(document: OpenapiDocument, examples: Json | undefined): Json | undefined {
  if (!isJsonObject(examples)) return undefined
  const first = Object.values(examples)[0]
  return isJsonObject(first) ? document.resolve(first).value : undefined
}

function basePath(servers: Json | undefined): string {
  const [first] = asArray(servers)
  if (!isJsonObject(first) || typeof first.url !== 'string' || first.url.includes('{')) return ''
  return URL.parse(first.url, 'http://service')?.pathname.replace(/\/+$/, '') ?? ''
}

function asArray(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}
