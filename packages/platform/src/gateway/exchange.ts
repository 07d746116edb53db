import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TokenServiceClient, TraceContext } from '@tenantry/context'
import type {
  ChainResolution,
  Directory,
  DirectoryDeployment,
  DirectoryTenant,
  RequestLimiter,
  TenantryConfig,
} from '@tenantry/routing'
import type { Dispatcher } from 'undici'
import type { AccessTokenClaims, AccessTokenVerifier } from '../access-token/verify-access-token.ts'
import type { DeploymentQueues } from './limits/deployment-queues.ts'
import type { ReceivedRequest } from './received-request.ts'
import type { OpenSockets, SocketEnd } from './upgrade/open-sockets.ts'

/** What the gateway's steps work with. */
export interface Gateway {
  readonly config: TenantryConfig
  readonly directory: Directory
  readonly accessTokens: AccessTokenVerifier
  readonly tokenService: Pick<TokenServiceClient, 'mintForAccessToken' | 'mintForApiKey'>
  /** Holds each tenant to its limits. */
  readonly limiter: RequestLimiter
  /** Where requests wait for deployments that have enough to do. */
  readonly queues: DeploymentQueues
  /** The WebSockets that are open. */
  readonly sockets: OpenSockets
  /** Gives a live assertion that it is the gateway who calls `service`. */
  readonly caller: (service: string) => string
  /** Sends to deployments, over connections that are kept. */
  readonly upstream: Dispatcher
}

/** One request on its way, and what the steps have found out about it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What the caller sent: of `request` itself, or of the one that an ingress asks about. */
  readonly received: ReceivedRequest
  /** Path and query that are routed and forwarded. */
  target: string
  readonly requestId: string
  /** In the caller's trace, or in a new one. */
  readonly trace: TraceContext
  /** The tenant whose address the request came to, which the token has to be good for. */
  addressed?: string | undefined
  /** The resolvers that found it. */
  resolvedBy?: ChainResolution['by']
  /** Bytes of the body that came, and of the answer's that went. */
  bytesIn: number
  bytesOut: number
  /** What gives back what the request holds: each is called once, however the request ends. */
  readonly atEnd: (() => void)[]
  /** Where it asks for a WebSocket: what came behind the request, and who is told when the socket has closed. */
  readonly upgrade?: { readonly head: Buffer; readonly onClosed: (end: SocketEnd) => void } | undefined
  accessToken?: string
  /** What the request brought in place of an access token. */
  apiKey?: string
  /** What the request chose among its token's tenants, by its address or in a header. */
  activeTenant?: string | undefined
  claims?: AccessTokenClaims
  service?: string
  tenant?: DirectoryTenant
  deployment?: DirectoryDeployment
  /** The tenant's share of the deployment, beside other tenants'. */
  weight?: number
  /** Which of the tenant's limits refused it. */
  limitedBy?: 'rate' | 'concurrency'
  /** Gives back its place at the deployment, and what `atEnd` has of it then does nothing. */
  leaveTurn?: () => void
  transactionToken?: string
}

/** One step of the pipeline; it throws what the caller is answered. */
export type Step = (gateway: Gateway, exchange: Exchange) => void | Promise<void>

/** What an earlier step found; a pipeline in which it did not is a mistake of ours. */
export function found<Key extends keyof Exchange>(exchange: Exchange, key: Key): NonNullable<Exchange[Key]> {
  const value = exchange[key]
  if (value === undefined || value === null) throw new Error(`no step found \`${key}\` before it was needed`)
  return value
}
