import type { ClientRequest } from 'node:http'
import { TenantryError } from '@tenantry/context'

/**
 * Takes headers off a request that is not sent yet. One whose headers were given as a list, or with `Expect`, is written
 * already: it is destroyed with `CALL_HEADERS_FIXED` when it has any of them.
 */
export function removeHeaders(request: ClientRequest, names: readonly string[]): void {
  if (!request.headersSent) {
    for (const name of names) request.removeHeader(name)
  } else if (mayHold(request, names)) {
    request.destroy(fixedHeaders('a header of ours was to go to another host'))
  }
}

/** Keeps these headers of a request as they are: to set them is without effect from here on. */
export function sealHeaders(request: ClientRequest, names: readonly string[]): void {
  const { setHeader, appendHeader } = request
  const isSealed = (name: unknown) => typeof name === 'string' && names.includes(name.toLowerCase())
  request.setHeader = (name, value) => (isSealed(name) ? request : setHeader.call(request, name, value))
  request.appendHeader = (name, value) => (isSealed(name) ? request : appendHeader.call(request, name, value))
}

/** The error of a request whose headers can no longer be what they have to be. */
export function fixedHeaders(fact: string): TenantryError {
  return new TenantryError('CALL_HEADERS_FIXED', fact, {
    help: 'give `headers` as an object, without `Expect`, and none that the platform sets',
  })
}

// The text is Node's own and not documented: where it is not there to be read, it counts as holding them.
function mayHold(request: ClientRequest, names: readonly string[]): boolean {
  const { _header: text } = request as { _header?: unknown }
  return typeof text !== 'string' || names.some((name) => new RegExp(`^${name} *:`, 'im').test(text))
}
