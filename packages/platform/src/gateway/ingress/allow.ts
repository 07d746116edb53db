import {
  activeTenantHeader,
  callerHeader,
  transactionTokenHeader,
  writeTraceContext,
} from '@tenantry/context'
import { deploymentHeader } from '@tenantry/routing'
import { type Exchange, found, type Gateway } from '../exchange.ts'

/**
 * Lets the request in: 200, no body, and every header that only the platform may set, whether there is something to say in it or
 * not, because an ingress writes over what it is given and leaves the client's in place of what it is not.
 */
// INVARIANT: identity is signed or it is nothing. What goes on to the service is what this answer says.
export function allow({ caller }: Pick<Gateway, 'caller'>, exchange: Exchange): void {
  exchange.response.writeHead(200, {
    [transactionTokenHeader]: found(exchange, 'transactionToken'),
    [callerHeader]: caller(found(exchange, 'service')),
    [deploymentHeader]: found(exchange, 'deployment').id,
    'x-request-id': exchange.requestId,
    tracestate: '',
    ...writeTraceContext(exchange.trace),
    // Only Envoy knows this one: it takes away what the service must not see.
    'x-envoy-auth-headers-to-remove': `authorization,${activeTenantHeader}`,
    'cache-control': 'no-store',
    'content-length': 0,
  })
  exchange.response.end()
}
