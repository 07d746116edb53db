import type { JsonWebKey } from 'node:crypto'
import {
  createTokenServiceClient,
  createWorkloadCredential,
  publicJwk,
  readInheritedDocument,
  readSigningKey,
  serviceAudience,
} from '@tenantry/context'
import { createMeters } from '@tenantry/metrics'
import { Directory, HopLog, hopBounds } from '@tenantry/routing'
import { pino } from 'pino'
import { closeOnStop } from '../process/close-on-stop.ts'
import type { ConfigPart } from '../process/config-parts.ts'
import { keepDirectory } from '../process/keep-directory.ts'
import { serveOperatorSocket } from '../process/operator-socket.ts'
import { reportUsage } from '../process/report-usage.ts'
import type { WorkloadDocument } from '../workload/workload-document.ts'
import type { NatsAccess } from './nats/nats-access.ts'
import { Relay } from './relay.ts'

/** What the relay is started with: an outbox-only role, the key that signs events, and its own workload key. */
export interface RelayDocument extends WorkloadDocument {
  readonly config: ConfigPart<'relay'>
  /** How it connects to the databases that the directory names. */
  readonly database: { readonly user: string; readonly password: string }
  readonly bus: {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly user: string
    readonly password: string
  }
  /** Where events wait for their first attempt, unless that is the bus database. */
  readonly nats?: NatsAccess
  readonly eventKey: JsonWebKey
}

const document = readInheritedDocument<RelayDocument>()
const { config, eventKey } = document
const credential = createWorkloadCredential(document)
const logger = pino({ name: 'relay' })
const meters = createMeters({ service: 'relay', deployment: 'relay', ...document.config.metrics })
const directory = new Directory()

const bounds = hopBounds(config.explain)
const hops = bounds && new HopLog(bounds)
const { ledger: usage, reporter } = reportUsage(document, {
  credential,
  onTrouble: (reason) => logger.warn({ code: 'USAGE_UNREPORTED' }, reason),
})

const relay = new Relay({
  directory,
  config,
  role: document.database,
  bus: document.bus,
  nats: document.nats,
  signingKey: readSigningKey(eventKey),
  publicKeys: [publicJwk(eventKey)],
  tokens: createTokenServiceClient({ socketPath: document.tokenServiceSocket, credential }),
  caller: (service) => credential(serviceAudience(service)),
  logger,
  meters,
  hops,
  usage,
})

const signal = closeOnStop(() => relay.close(), {
  last: () => Promise.allSettled([reporter.stop(), meters.close()]),
})
void keepDirectory(directory, document, {
  credential,
  signal,
  onMessage: ({ type }) => {
    if (type !== 'heartbeat') relay.directoryChanged()
  },
})
relay.start()
await serveOperatorSocket(document.operatorSocket, {
  metrics: () => meters.prometheusPage(),
  hops,
  facts: { '/circuits': () => relay.circuits() },
})
process.send?.({ type: 'ready' })
