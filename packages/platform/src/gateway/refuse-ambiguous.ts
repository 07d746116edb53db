import { activeTenantHeader } from '@tenantry/context'
import { requestAmbiguous as ambiguous } from '@tenantry/routing'
import { bodyBytesMax, bodyTooLarge } from './body-limit.ts'
import type { Step } from './exchange.ts'
import { isManaged } from './managed-headers.ts'
import { headerValues } from './received-request.ts'

const singular = [
  'authorization',
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'txn-token',
  activeTenantHeader,
]
// RFC 3986's path characters but the semicolon, which servers disagree about.
const plainPath = /^\/[\w\-.~!$&'()*+,=:@%/]*$/
// An encoded slash, backslash, dot or NUL, a broken escape, an empty or a dot segment.
const trickyPath = /%(2f|5c|2e|00|(?![\da-f]{2}))|\/\/|\/\.\.?(\/|$)/i

/**
 * Refuses what two programs could understand in two ways: headers that may stand once and stand twice, look-alikes of
 * the platform's own headers, paths that a server might fold into other ones. Throws `REQUEST_AMBIGUOUS` (400) or
 * `BODY_TOO_LARGE` (413).
 */
export const refuseAmbiguous: Step = (_gateway, { received }) => {
  const { rawHeaders, target } = received
  const seen = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (seen.has(name) && singular.includes(name)) throw ambiguous(`\`${name}\` is given twice`)
    seen.add(name)
    // Some servers read `x_tenant` and `x.tenant` as `x-tenant`.
    if (/[_.]/.test(name) && isManaged(name.replaceAll(/[_.]/g, '-')))
      throw ambiguous('a header looks like another')
  }
  if (!seen.has('host')) throw ambiguous('there is no `host`')
  const path = target.split('?', 1)[0] ?? ''
  // A fragment is the client's own (RFC 9112, 3.2); a program that cuts it off reads another query.
  if (!plainPath.test(path) || trickyPath.test(path) || target.includes('#') || !isUtf8(path))
    throw ambiguous('the path is not in its plain form')
  if (Number(headerValues(received, 'content-length')[0] ?? 0) > bodyBytesMax) throw bodyTooLarge()
}

/** False where escapes are no UTF-8, such as `%c0%af`, which some programs read as a slash (RFC 3629, 10). */
function isUtf8(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
