import type { Hop, TenantryConfig } from '@tenantry/routing'
import type { KeptHop } from './ask-for-hops.ts'
import type { Explanation, Refusal } from './explanation.ts'
import type { FollowedRequest } from './follow-request.ts'

type GatewayHop = Extract<KeptHop, { kind: 'gateway' }>
type ServiceHop = Extract<KeptHop, { kind: 'service' }>

/** What in `tenantry.config.ts` an operator looks at first, by the code of a refusal. */
const settings: Readonly<Record<string, string>> = {
  TENANT_MISMATCH: 'resolvers',
  TENANT_CHOICE_REFUSED: 'identity',
  ISSUER_TENANT_REFUSED: 'identity',
  ACCESS_TOKEN_INVALID: 'identity',
  ROUTE_UNKNOWN: 'services',
  DEPLOYMENT_BUSY: 'limits.deployment',
  INGRESS_REFUSED: 'ingress',
}

/** Says why what was followed went as it did, by the configuration in force. */
export function explainRequest(
  { id, hops, complete, unread }: FollowedRequest,
  config: Pick<TenantryConfig, 'identity' | 'tiers'>,
): Explanation {
  const received = hops.find((hop): hop is GatewayHop => hop.kind === 'gateway')
  const served = hops.filter((hop): hop is ServiceHop => hop.kind === 'service' && hop.request === id)
  const first = received ?? served[0] ?? hops[0]
  const startedAtMs = first?.atMs ?? 0
  return {
    request: id,
    trace: first?.trace ?? null,
    at: new Date(startedAtMs).toISOString(),
    ms: first?.ms ?? 0,
    asked: received
      ? { method: received.method, route: received.route ?? null, ingress: received.ingress ?? null }
      : null,
    status: received?.status ?? served[0]?.status ?? null,
    identity: received ? identityOf(received, config) : null,
    tenant: first?.tenant === undefined ? null : { id: first.tenant, tier: first.tier ?? null },
    placement: received ? placementOf(received, config) : null,
    refusal: refusalOf(received, served),
    hops: hops.map((hop) => ({ ...hop, offsetMs: Math.round((hop.atMs - startedAtMs) * 10) / 10 })),
    complete,
    unread,
  }
}

function identityOf(
  { resolvedBy = [], addressed, issuer }: GatewayHop,
  { identity }: Pick<TenantryConfig, 'identity'>,
): Explanation['identity'] {
  const names = identity.find((one) => one.issuer === issuer)?.claims
  return {
    resolvedBy,
    addressed: addressed ?? null,
    issuer: issuer ?? null,
    claims: names ? { tenant: names.tenant, subject: 'sub', role: names.role } : null,
  }
}

function placementOf(
  { service, deployment, tier }: GatewayHop,
  { tiers }: Pick<TenantryConfig, 'tiers'>,
): Explanation['placement'] {
  if (service === undefined || deployment === undefined) return null
  const kind = deployment === `${service}.pool` ? 'pool' : 'silo'
  const rule = tier === undefined ? undefined : placementRule(tiers, tier, service)
  return {
    service,
    deployment,
    kind,
    routedBy: `services.${service}.routes`,
    placedBy: rule?.kind === kind ? rule.path : 'catalog',
  }
}

function placementRule(tiers: TenantryConfig['tiers'], tier: string, service: string) {
  const placement = Object.hasOwn(tiers, tier) ? tiers[tier]?.placement : undefined
  const path = `tiers.${tier}.placement`
  if (placement === undefined || typeof placement === 'string') return { path, kind: placement }
  const named = Object.hasOwn(placement, service) ? service : '*'
  return { path: `${path}.${named}`, kind: placement[named] }
}

function refusalOf(received: GatewayHop | undefined, served: readonly ServiceHop[]): Refusal | null {
  if (received && received.status < 400) return null
  // The last that began is where it began to fail: the others handed it on.
  const refusing = received?.code === undefined ? served.findLast(({ status }) => status >= 400) : undefined
  const seen = refusing ?? received
  if (!seen) return null
  const { process, status, code = null } = seen
  const limit = seen.kind === 'gateway' ? seen.limit : undefined
  return {
    by: process,
    status,
    code,
    limit: limit ? { by: limit.by, max: limit.max } : null,
    setting: limit ? limitSetting(limit, seen) : (code !== null && settings[code]) || null,
  }
}

function limitSetting(
  { by, own }: NonNullable<GatewayHop['limit']>,
  { tenant, tier }: Pick<Hop, 'tenant' | 'tier'>,
): string {
  if (own) return `tenantry limit ${tenant}`
  return `tiers.${tier}.limits.${by === 'rate' ? 'requestsPerSecond' : 'concurrency'}`
}
