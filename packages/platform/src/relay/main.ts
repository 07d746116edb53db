import type { JsonWebKey } from 'node:crypto'
import {
  assertionSource,
  callerSource,
  createTokenServiceClient,
  publicJwk,
  readInheritedDocument,
  readSigningKey,
} from '@tenantry/context'
import { createMeters } from '@tenantry/metrics'
import { Directory, type TenantryConfig } from '@tenantry/routing'
import { pino } from 'pino'
import { closeOnStop } from '../close-on-stop.ts'
import { keepDirectory } from '../keep-directory.ts'
import { serveOperatorSocket } from '../operator-socket.ts'
import type { WorkloadDocument } from '../workload-document.ts'
import type { NatsAccess } from './nats/nats-access.ts'
import { Relay } from './relay.ts'

/** What the relay is started with: an outbox-only role, the key that signs events, and its own workload key. */
export interface RelayDocument extends WorkloadDocument {
  readonly config: TenantryConfig
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
const { workload, config, eventKey } = document
const key = readSigningKey(document.key)
const logger = pino({ name: 'relay' })
const meters = createMeters({ service: 'relay', deployment: 'relay' })
const directory = new Directory()

const relay = new Relay({
  directory,
  config,
  role: document.database,
  bus: document.bus,
  nats: document.nats,
  signingKey: readSigningKey(eventKey),
  publicKeys: [publicJwk(eventKey)],
  tokens: createTokenServiceClient({
    socketPath: document.tokenServiceSocket,
    assertion: assertionSource(workload, 'token-service', key),
  }),
  caller: callerSource(workload, key),
  logger,
  meters,
})

const signal = closeOnStop(() => relay.close())
keepDirectory(directory, document, {
  signal,
  onMessage: ({ type }) => {
    if (type !== 'heartbeat') relay.directoryChanged()
  },
})
relay.start()
await serveOperatorSocket(document.operatorSocket, { metrics: () => meters.prometheusPage() })
process.send?.({ type: 'ready' })
