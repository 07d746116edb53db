import { type TenantContext, TenantryError, transactionTokenHeader } from '@tenantry/context'
import type { Runtime } from './runtime.ts'

/**
 * The tenant context of a request: it is sent with exactly one transaction token, and that is valid for this deployment.
 * Rejects with `TOKEN_MISSING` (401) for none or several, with what the verifier says of the one, or with
 * `ROUTING_MISDIRECTED` (421) when this deployment is another tenant's silo.
 */
export async function authenticate(
  { verifier, document }: Pick<Runtime, 'verifier' | 'document'>,
  rawHeaders: readonly string[],
): Promise<TenantContext> {
  const tokens = readTokens(rawHeaders)
  const [token] = tokens
  if (!token || tokens.length > 1) {
    throw new TenantryError('TOKEN_MISSING', 'exactly one transaction token is needed', {
      status: 401,
      help: 'call this service through the gateway, or from a service that declares the call',
    })
  }
  const context = await verifier.verify(token)
  // INVARIANT: a silo serves one tenant, whoever sends the request and however it got here.
  if (document.tenant !== null && document.tenant !== context.tenant.id) {
    throw new TenantryError('ROUTING_MISDIRECTED', 'this deployment does not serve the tenant', {
      status: 421,
      help: 'ask the directory again where the tenant is served',
    })
  }
  return context
}

/** Every transaction token as it was sent: Node joins or drops duplicates elsewhere, and a trailer is no header. */
function readTokens(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter(
    (_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === transactionTokenHeader,
  )
}
