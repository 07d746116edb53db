import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { errorAnswer, TenantryError, type TokenVerifier, transactionTokenHeader } from '@tenantry/context'
import {
  type DirectoryMessage,
  type DirectoryWorkload,
  deploymentIdFor,
  requireActiveTenant,
  type TenantryConfig,
} from '@tenantry/routing'
import {
  createWorkloadAuthenticator,
  type WorkloadAuthenticator,
} from '../../workload/authenticate-workload.ts'
import { type DirectoryPublisher, mayFollow } from '../tenants/directory-publisher.ts'
import type { UsageIntake } from '../usage/usage-intake.ts'
import { findWeights } from './find-weights.ts'

/** What the workloads' API needs of the control plane. */
export interface WorkloadApiParts {
  readonly config: TenantryConfig
  readonly publisher: DirectoryPublisher
  readonly verifier: TokenVerifier
  /** Takes what workloads report of their tenants; nobody may report anything without it. */
  readonly usage?: Pick<UsageIntake, 'take'>
}

const heartbeatMs = 1_000
const unreadBytesMax = 64 * 1024 * 1024

/**
 * The control plane's API for workloads, on a Unix socket: the directory feed for the platform's own processes,
 * one route at a time and weights for services, and what workloads report of their tenants. Every call carries a workload's credential.
 */
export function createWorkloadApi(parts: WorkloadApiParts): Server {
  const authenticate = createWorkloadAuthenticator(parts.publisher.directory, parts.config)
  const feeds = new Set<ServerResponse>()
  // As the token service's: an idle connection of a process of this machine is left to it.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void answer(parts, { authenticate, feeds }, request, response).catch((error: unknown) => {
      const { status, body } = errorAnswer(error, randomUUID())
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  // Followers come back, to whoever has taken this place.
  server.on('stopping', () => {
    for (const feed of feeds) feed.end()
  })
  return server
}

async function answer(
  parts: WorkloadApiParts,
  { authenticate, feeds }: { authenticate: WorkloadAuthenticator; feeds: Set<ServerResponse> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const credential = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
  const { workload } = await authenticate(credential, 'control-plane')
  const [, path, service] = (request.url ?? '').split('/')
  if (request.method === 'GET' && path === 'directory' && mayFollow(workload.kind)) {
    feed(parts.publisher, workload, response)
    feeds.add(response)
    response.on('close', () => feeds.delete(response))
  } else if (request.method === 'GET' && path === 'routes' && service && workload.kind === 'service') {
    const address = await findRoute(parts, workload, service, request)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ address }))
  } else if (request.method === 'POST' && path === 'weights' && workload.kind === 'service') {
    const weights = await findWeights(parts.publisher.directory, workload, request)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ weights }))
  } else if (request.method === 'POST' && path === 'usage' && parts.usage) {
    await parts.usage.take(workload, request)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  } else {
    throw new TenantryError('WORKLOAD_REFUSED', 'this workload may not ask that', {
      status: 403,
      help: 'see what each process may ask in ARCHITECTURE.md',
    })
  }
}

function feed(publisher: DirectoryPublisher, workload: DirectoryWorkload, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const tell = (message: DirectoryMessage) => {
    // A follower that reads too slowly is cut off; it comes back and gets a snapshot.
    if (response.writableLength > unreadBytesMax) response.destroy()
    else response.write(`${JSON.stringify(message)}\n`)
  }
  const stop = publisher.follow(workload.kind, tell)
  const heartbeat = setInterval(tell, heartbeatMs, { type: 'heartbeat' })
  response.on('close', () => {
    clearInterval(heartbeat)
    stop()
  })
}

async function findRoute(
  { config, publisher, verifier }: WorkloadApiParts,
  workload: DirectoryWorkload,
  service: string,
  request: IncomingMessage,
): Promise<string> {
  const { directory } = publisher
  const caller = directory.deployments.get(workload.id)
  if (!caller || !config.services[caller.service]?.calls.includes(service)) {
    throw new TenantryError('CALL_UNDECLARED', `this service does not declare calls to \`${service}\``, {
      status: 403,
      help: 'declare it in `calls` of tenantry.config.ts',
    })
  }
  const { tenant: claimed } = await verifier.verify(String(request.headers[transactionTokenHeader] ?? ''))
  const tenant = requireActiveTenant(directory, claimed.id)
  if (deploymentIdFor(tenant, caller.service) !== caller.id) {
    throw new TenantryError('ROUTING_MISDIRECTED', 'this deployment does not serve the tenant', {
      status: 421,
      help: 'ask the directory again where the tenant is served',
    })
  }
  const addresses = directory.deploymentFor(tenant.id, service)?.addresses ?? []
  const address = addresses[Math.floor(Math.random() * addresses.length)]
  if (address) return address
  throw new TenantryError('DEPLOYMENT_DOWN', `\`${service}\` does not run at the moment`, {
    status: 503,
    help: 'it is being started again; try in a second',
  })
}
