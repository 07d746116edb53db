import type { IncomingMessage } from 'node:http'
import type { ReceivedRequest } from '../received-request.ts'
import { readFromEnvoy } from './read-from-envoy.ts'
import { readFromForwarded } from './read-from-forwarded.ts'
import { readFromNginx } from './read-from-nginx.ts'

// What Envoy puts before the path that it asks about.
const envoyPrefix = '/authz/envoy/'

/** How one kind of ingress asks, and what it takes for an answer. */
export interface Ingress {
  readonly name: string
  /** The request that it asks about, or `undefined` when this is not how it asks. */
  readonly read: (request: IncomingMessage) => ReceivedRequest | undefined
  /** True where it hands only 401 and 403 on, and makes 500 of any other answer. */
  readonly deniesOnlyBy403: boolean
}

const forwarded = { read: readFromForwarded, deniesOnlyBy403: false }
const nginx: Ingress = { name: 'nginx', read: readFromNginx, deniesOnlyBy403: true }
// Istio's `envoyExtAuthzHttp` is Envoy's own `http_service`.
const envoy: Ingress = { name: 'envoy', read: readFromEnvoy, deniesOnlyBy403: false }
const exact: ReadonlyMap<string, Ingress> = new Map([
  ['/authz/nginx', nginx],
  ['/authz/traefik', { name: 'traefik', ...forwarded }],
  ['/authz/caddy', { name: 'caddy', ...forwarded }],
])

/**
 * Which kind asks, by where it asks and by nothing else: what a client sends reaches the endpoint too, so no header may choose how
 * the others are read. `undefined` for none.
 */
export function ingressAt(url: string): Ingress | undefined {
  // Caddy keeps the query of the request that it asks about.
  return url.startsWith(envoyPrefix) ? envoy : exact.get(url.split('?', 1)[0] ?? '')
}
