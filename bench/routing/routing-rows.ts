import type { Goal } from '../bench.ts'

/** Who forwards the same requests to the same upstream. */
export type Forwarder = 'http-proxy' | 'nginx' | 'nginx-endpoint' | 'gateway'

/** A row of routing: our gateway for so many tenants, against whom. */
export interface RoutingRow extends Goal {
  readonly tenants: number
  readonly peer: Forwarder
}

const few = 10
const many = 100_000

export const routingRows: readonly RoutingRow[] = [
  {
    ...{ row: 'gateway', tenants: few, peer: 'http-proxy', goal: 2 },
    title: 'gateway: verified, minted, routed, forwarded, against `@fastify/http-proxy` that forwards',
  },
  {
    ...{ row: 'gateway-nginx', tenants: few, peer: 'nginx', goal: null },
    title: 'the same against nginx that forwards, one worker',
  },
  {
    ...{ row: 'gateway-endpoint', tenants: few, peer: 'nginx-endpoint', goal: null },
    title: 'the same against nginx that asks our endpoint about each request, and forwards',
  },
  {
    ...{ row: 'gateway-many', tenants: many, peer: 'gateway', goal: 0.95 },
    title: 'the gateway for 100,000 tenants against the gateway for 10',
  },
]
