import {
  assertionSource,
  createTokenServiceClient,
  readInheritedDocument,
  readSigningKey,
} from '@tenantry/context'
import { createMeters } from '@tenantry/metrics'
import { Directory, followDirectory, type TenantryConfig } from '@tenantry/routing'
import { pino } from 'pino'
import { Agent } from 'undici'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { closeOnStop } from '../close-on-stop.ts'
import { serveOperatorSocket } from '../operator-socket.ts'
import type { WorkloadDocument } from '../workload-document.ts'
import { createGatewayServer } from './server.ts'

/** What the gateway is started with: nothing that it could mint with. */
export interface GatewayDocument extends WorkloadDocument {
  readonly port: number
  readonly config: TenantryConfig
}

const document = readInheritedDocument<GatewayDocument>()
const { config, workload } = document
const key = readSigningKey(document.key)
const directory = new Directory()
const meters = createMeters({ service: 'gateway', deployment: workload })

const server = createGatewayServer(
  {
    config,
    directory,
    accessTokens: createAccessTokenVerifier(config.identity),
    tokenService: createTokenServiceClient({
      socketPath: document.tokenServiceSocket,
      assertion: assertionSource(workload, 'token-service', key),
    }),
    upstream: new Agent({ connections: 64, pipelining: 1, connect: { timeout: 2_000 } }),
  },
  { log: pino(), meters },
)

const signal = closeOnStop(async () => {
  server.closeIdleConnections()
  await new Promise((resolve) => server.close(resolve))
})
void followDirectory(directory, {
  socketPath: document.directorySocket,
  assertion: assertionSource(workload, 'control-plane', key),
  signal,
})
await serveOperatorSocket(document.operatorSocket, { metrics: () => meters.prometheusPage() })
await new Promise<void>((resolve) => server.listen(document.port, '127.0.0.1', resolve))
process.send?.({ type: 'ready' })
