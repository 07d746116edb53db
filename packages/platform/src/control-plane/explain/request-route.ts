import { requireTenantId } from '@tenantry/context'
import type { Hop } from '@tenantry/routing'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readBody } from '../bodies/read-body.ts'
import { askForNewestHops, type HopKeeper } from './ask-for-hops.ts'

const requestsMax = 500
const query = z.strictObject({
  tenant: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(requestsMax).default(100),
})

/** One request as the gateway that had it kept it; null for what it does not know. */
export interface RequestAnswer {
  readonly request: string
  /** When it began, in milliseconds since 1970. */
  readonly atMs: number
  readonly ms: number
  readonly tenant: string | null
  readonly tier: string | null
  readonly method: string
  readonly route: string | null
  readonly service: string | null
  readonly deployment: string | null
  readonly status: number
  readonly code: string | null
}

/** `GET /requests` shows the newest requests of all gateways, the newest first: of one tenant, or of all. */
export function addRequestRoute(app: FastifyInstance, keepers: () => readonly HopKeeper[]): void {
  app.get('/requests', async ({ query: asked }) => {
    const { tenant, limit } = readBody(asked, query, '?tenant=…&limit=100')
    const sought = { tenant: tenant === undefined ? undefined : requireTenantId(tenant), limit }
    const gateways = keepers().filter(({ kind }) => kind === 'gateway')
    const { hops, unread } = await askForNewestHops(gateways, sought)
    const requests = hops
      .filter((hop) => hop.kind === 'gateway')
      .filter((hop) => sought.tenant === undefined || hop.tenant === sought.tenant)
      .sort((one, other) => other.atMs - one.atMs)
      .slice(0, limit)
      .map(describe)
    return { requests, unread }
  })
}

function describe(hop: Extract<Hop, { kind: 'gateway' }>): RequestAnswer {
  const { request, atMs, ms, tenant, tier, method, route, service, deployment, status, code } = hop
  return {
    ...{ request, atMs, ms, method, status },
    tenant: tenant ?? null,
    tier: tier ?? null,
    route: route ?? null,
    service: service ?? null,
    deployment: deployment ?? null,
    code: code ?? null,
  }
}
