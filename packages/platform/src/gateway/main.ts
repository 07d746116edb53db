import { Server as SecureServer } from 'node:https'
import {
  createTokenServiceClient,
  createWorkloadCredential,
  isTenantryError,
  readInheritedDocument,
  serviceAudience,
} from '@tenantry/context'
import { createMeters } from '@tenantry/metrics'
import {
  Directory,
  HopLog,
  hopBounds,
  MemoryLimiter,
  type RequestLimiter,
  type TenantryConfig,
} from '@tenantry/routing'
import { Agent } from 'undici'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { closeOnStop } from '../process/close-on-stop.ts'
import { drainServer } from '../process/drain-server.ts'
import { keepDirectory } from '../process/keep-directory.ts'
import { serveOperatorSocket } from '../process/operator-socket.ts'
import { reportUsage } from '../process/report-usage.ts'
import type { WorkloadDocument } from '../workload/workload-document.ts'
import { createLog } from './create-log.ts'
import type { Gateway } from './exchange.ts'
import { createIngressServer } from './ingress/server.ts'
import { DeploymentQueues } from './limits/deployment-queues.ts'
import { RedisLimiter } from './limits/redis-limiter.ts'
import { listen } from './listen.ts'
import { createGatewayServer } from './server.ts'
import { type Certificate, type CertificateFiles, readCertificate } from './tls/certificate.ts'
import { keepCertificate } from './tls/keep-certificate.ts'
import { OpenSockets } from './upgrade/open-sockets.ts'

/** What the gateway is started with: nothing that it could mint with. */
export interface GatewayDocument extends WorkloadDocument {
  readonly port: number
  /** True where its ports are shared with other gateways, such as the one that takes its place. */
  readonly shared?: boolean
  readonly config: TenantryConfig
  /** The Redis in which several gateways count together; none where each counts for itself. */
  readonly redisUrl?: string
  /** Where its certificate is; HTTP without one. */
  readonly tls?: CertificateFiles
}

/** When WebSockets are closed that are still open, after this process was told to stop: before whoever told it loses patience. */
const socketDrainMs = 1_000
const drainMs = 2_000

const document = readInheritedDocument<GatewayDocument>()
const { config, workload } = document
const credential = createWorkloadCredential(document)
const directory = new Directory()
const log = createLog()
const meters = createMeters({ service: 'gateway', deployment: workload, ...config.metrics })

const bounds = hopBounds(config.explain)
const hops = bounds && new HopLog(bounds)
const { ledger: usage, reporter } = reportUsage(document, {
  credential,
  onTrouble: (reason) => log.warn({ code: 'USAGE_UNREPORTED' }, reason),
})

const gateway: Gateway = {
  config,
  directory,
  accessTokens: createAccessTokenVerifier(config.identity),
  tokenService: createTokenServiceClient({ socketPath: document.tokenServiceSocket, credential }),
  caller: (service) => credential(serviceAudience(service)),
  limiter: await startLimiter(),
  queues: new DeploymentQueues(config.limits.deployment),
  sockets: new OpenSockets(directory),
  // As many as the queue lets in: none waits here, where nobody's turn is kept.
  upstream: new Agent({
    connections: config.limits.deployment.inFlight,
    pipelining: 1,
    connect: { timeout: 2_000 },
  }),
}
const certificate = document.tls && readOwnCertificate(document.tls)
const server = createGatewayServer(gateway, { log, meters, hops, usage, certificate })
if (document.tls && certificate && server instanceof SecureServer)
  keepCertificate(server, document.tls, { current: certificate, log })
const { ingress } = config
const ingressServer =
  ingress && createIngressServer(gateway, { from: ingress.from, log, meters, hops, usage })

const { shared = config.gateway.processes > 1 } = document

const signal = closeOnStop(
  () => {
    setTimeout(() => gateway.sockets.closeAll('stopping'), socketDrainMs)
    return Promise.all([server, ingressServer].map((one) => one && drainServer(one)))
  },
  { drainMs, last: () => Promise.allSettled([reporter.stop(), meters.close()]) },
)
await keepDirectory(directory, document, { credential, signal })
await serveOperatorSocket(document.operatorSocket, { metrics: () => meters.prometheusPage(), hops })
await listen(server, { port: document.port, shared }).catch(endWith)
if (ingressServer) await listen(ingressServer, { ...ingress, flag: 'ingress', shared }).catch(endWith)
process.send?.({ type: 'ready' })

function readOwnCertificate(files: CertificateFiles): Certificate {
  try {
    return readCertificate(files)
  } catch (error) {
    return endWith(error)
  }
}

async function startLimiter(): Promise<RequestLimiter> {
  if (document.redisUrl === undefined) return new MemoryLimiter()
  return RedisLimiter.connect({
    url: document.redisUrl,
    trustDomain: config.trustDomain,
    onAway: ({ message }) =>
      log.warn(
        { code: 'LIMITS_REDIS_AWAY', cause: message },
        'each gateway holds tenants to their limits by itself',
      ),
    onBack: () => log.info({ code: 'LIMITS_REDIS_BACK' }, 'gateways hold tenants to their limits together'),
  }).catch(endWith)
}

function endWith(error: unknown): never {
  if (!isTenantryError(error)) throw error
  log.fatal({ code: error.code, help: error.help }, error.message)
  process.exit(1)
}
