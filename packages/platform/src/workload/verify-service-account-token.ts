import { isTenantryError, TenantryError, type WorkloadAudience } from '@tenantry/context'
import type { KubernetesConfig } from '@tenantry/routing'
import { compactVerify } from 'jose'
import { createIssuerKeys } from '../access-token/issuer-keys.ts'
import { peekToken } from '../access-token/peek-token.ts'
import { readServiceAccount, type ServiceAccountToken } from './read-service-account.ts'
import { refuseWorkload } from './refuse-workload.ts'

/** What a live service-account token for this audience says; rejects with `WORKLOAD_REFUSED` (401), `WORKLOAD_ISSUER_DOWN` (503). */
export type ServiceAccountVerifier = (
  token: string,
  audience: WorkloadAudience,
) => Promise<ServiceAccountToken>

// RFC 8725, 3.1: those with which a cluster signs, whatever a token's header proposes. Never a secret that both sides know.
const algorithms = ['RS256', 'ES256', 'ES384', 'ES512']

/**
 * Makes the verifier of one cluster's service-account tokens, by the keys that its issuer publishes. A token of any other issuer is
 * refused before anyone is asked. The cluster's API is not asked: a token is good until it ends, also when its pod is gone before.
 */
export function createServiceAccountVerifier(
  { issuer, jwksUri, namespace }: KubernetesConfig,
  trustDomain: string,
): ServiceAccountVerifier {
  const keys = createIssuerKeys({ issuer, jwksUri, down })
  return async (token, audience) => {
    const peeked = peekToken(token)
    if (peeked?.issuer !== issuer) throw refuseWorkload('it is not of the cluster’s issuer')
    // Kubernetes names no type; whoever signs for it may name the general one.
    if (peeked.type === 'at+jwt') throw refuseWorkload('it is of another type')
    let payload: Uint8Array
    try {
      payload = (await compactVerify(token, keys, { algorithms })).payload
    } catch (cause) {
      // The issuer's answer, or none at all: the token may be as good as any.
      if (isTenantryError(cause)) throw cause
      throw refuseWorkload('it is not signed with a key of the cluster’s', cause)
    }
    const claims = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>
    return readServiceAccount(claims, { issuer, namespace, audience: `${trustDomain}/${audience}` })
  }
}

function down(cause: unknown): TenantryError {
  return new TenantryError(
    'WORKLOAD_ISSUER_DOWN',
    'service-account tokens cannot be verified at the moment',
    {
      status: 503,
      help: 'see whether the issuer of `workloads.kubernetes` answers from here, with its discovery document and keys',
      cause,
    },
  )
}
