import type { IncomingMessage } from 'node:http'
import { callerHeader, transactionTokenHeader } from '@tenantry/context'

const hidden: readonly string[] = [transactionTokenHeader, callerHeader]

/**
 * Takes the token, and who brought it, off a request that was admitted, in each form in which Node has its headers. A service that hands its
 * request's headers on, as a proxy does, would send them along wherever that goes.
 */
export function hideCallHeaders({ headers, headersDistinct, rawHeaders }: IncomingMessage): void {
  for (const name of hidden) {
    delete headers[name]
    // A framework's own test requests have not every form.
    delete headersDistinct?.[name]
  }
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    if (hidden.includes(rawHeaders[at]?.toLowerCase() ?? '')) rawHeaders.splice(at, 2)
  }
}
