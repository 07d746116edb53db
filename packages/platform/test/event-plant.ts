import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  assertionCredential,
  createTokenServiceClient,
  createTokenVerifier,
  generateSigningJwk,
  isTenantryError,
  keyFinder,
  publicJwk,
  readSigningKey,
  requireContext,
  runInScope,
  type Scope,
  type SigningKey,
  serviceAudience,
  type TenantContext,
  type TraceContext,
} from '@tenantry/context'
import {
  deriveDatabaseKey,
  deriveTenantKey,
  grantRelayRole,
  grantServiceRole,
  installIsolation,
  LeasedPool,
  migrateService,
} from '@tenantry/isolation'
import { createMeters } from '@tenantry/metrics'
import {
  acceptEvent,
  type CloudEvent,
  emit,
  handleOnce,
  type ReceivedEvent,
  readEventFromHttp,
  systemTables,
} from '@tenantry/propagation'
import { type DirectoryTenant, readConfig } from '@tenantry/routing'
import { type Client, type ClientConfig, Pool } from 'pg'
import { pino } from 'pino'
import type { TestNats } from '../../../tools/start-nats.ts'
import { createTestDatabase, startTestPostgres, type TestDatabase } from '../../../tools/test-postgres.ts'
import { createAccessTokenVerifier } from '../src/access-token/verify-access-token.ts'
import { DirectoryPublisher } from '../src/control-plane/tenants/directory-publisher.ts'
import { createWorkloadApi } from '../src/control-plane/workloads/workload-api.ts'
import { installBus } from '../src/relay/install-bus.ts'
import type { RelayDocument } from '../src/relay/main.ts'
import { connectNats, type NatsClient } from '../src/relay/nats/connect-nats.ts'
import { streamName } from '../src/relay/nats/event-stream.ts'
import { Relay } from '../src/relay/relay.ts'
import { LeaseMasters } from '../src/token-service/lease-masters.ts'
import { createTokenServer } from '../src/token-service/server.ts'
import { TokenSigningKeys } from '../src/token-service/token-signing-keys.ts'
import { createWorkloadAuthenticator } from '../src/workload/authenticate-workload.ts'

/** What a subscriber got, in the order in which it got it. */
export interface Handled {
  readonly deployment: string
  readonly tenant: string
  readonly event: ReceivedEvent
}

/** What a subscriber does with a delivery before its effect is written: a status answers so instead. */
export type Behaviour = (handled: Handled) => number | undefined | Promise<number | undefined>

const config = readConfig({
  mode: 'development',
  trustDomain: 'plant.test',
  identity: { issuer: 'http://localhost:1', audience: 'plant', claims: { tenant: 't', role: 'r' } },
  tiers: { basic: { placement: 'pool' } },
  services: {
    order: { entry: 'order.ts' },
    invoice: { entry: 'invoice.ts', subscribes: ['order.placed'] },
    mail: { entry: 'mail.ts', subscribes: ['order.placed', 'order.paid'] },
  },
})
const services = Object.keys(config.services)
const migrations = [
  { name: '001.sql', sql: 'create table effects (event text not null, note text not null)' },
]

/**
 * Everything that events go through, for tests: isolated databases, a token service, a bus, subscribers with real
 * inboxes, and a directory to be changed. Only the relay is to be started.
 */
export class EventPlant {
  readonly publisher = new DirectoryPublisher()
  readonly directory = this.publisher.directory
  readonly handled: Handled[] = []
  readonly bus: Client
  /** What the relays that run in this process count. */
  readonly meters = createMeters({ service: 'relay', deployment: 'relay' })
  /** By service; may be changed at any time. */
  readonly behaviour = new Map<string, Behaviour>()
  readonly key: SigningKey
  /** A key that nobody was told of. */
  readonly strangerKey = generateSigningJwk()
  readonly #eventKey = generateSigningJwk()
  readonly #server: Awaited<ReturnType<typeof startTestPostgres>>
  readonly #databases: TestDatabase[] = []
  readonly #busDatabase: TestDatabase
  readonly #busPool: Pool
  readonly #nats: TestNats | undefined
  #natsClient: Promise<NatsClient> | undefined
  readonly #pools = new Map<string, LeasedPool>()
  readonly #admins = new Map<string, Client>()
  readonly #servers: Server[] = []
  readonly #roles: string[] = []
  readonly #relays: Relay[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'tenantry-plant-'))
  readonly #master = randomBytes(32)
  readonly #tokenKey = generateSigningJwk()
  readonly #relayKey = generateSigningJwk()
  readonly #credential = assertionCredential('relay', readSigningKey(this.#relayKey))
  readonly #tokens: ReturnType<typeof createTokenServiceClient>

  private constructor(
    server: Awaited<ReturnType<typeof startTestPostgres>>,
    busDatabase: TestDatabase,
    bus: Client,
    nats: TestNats | undefined,
  ) {
    this.#nats = nats
    this.#server = server
    this.#busDatabase = busDatabase
    this.bus = bus
    this.key = readSigningKey(this.#eventKey)
    this.#busPool = new Pool(this.relayClient())
    this.#busPool.on('error', () => undefined)
    this.#tokens = createTokenServiceClient({
      socketPath: join(this.#folder, 'tokens.sock'),
      credential: this.#credential,
    })
  }

  /** A plant with the pool and the tenants `a`, `b` and `c` in it; its relays use `nats` when it is given. */
  static async build({ nats }: { nats?: TestNats } = {}): Promise<EventPlant> {
    const server = await startTestPostgres()
    const busDatabase = await createTestDatabase(server)
    const bus = await busDatabase.connect()
    await installBus(bus)
    await grantSharedRole(bus, server.password)
    const plant = new EventPlant(server, busDatabase, bus, nats)
    plant.publisher.publish({ type: 'snapshot', tenants: [], deployments: [], workloads: [], databases: [] })
    plant.publisher.publish({
      type: 'workload',
      workload: { id: 'relay', kind: 'relay', jwk: publicJwk(plant.#relayKey) },
    })
    await plant.#startPlatform()
    await plant.addDatabase('pool', null)
    for (const id of ['a', 'b', 'c']) plant.putTenant({ id })
    return plant
  }

  /** The options with which the relay's role connects to the bus, or to the database named. */
  relayClient(database = this.#busDatabase.name): ClientConfig {
    const { host, port, password } = this.#server
    return { host, port, database, user: 'tenantry_relay', password }
  }

  /** The bus, as the relay's role. */
  busPool(): Pool {
    return this.#busPool
  }

  /** An event that the relay could have signed. */
  sampleEvent(): CloudEvent {
    return {
      specversion: '1.0',
      id: randomUUID(),
      source: 'urn:tenantry:service:order',
      type: 'order.placed',
      time: new Date().toISOString().replace(/\.\d+/, ''),
      datacontenttype: 'application/json',
      tenantid: 'a',
      data: '{"total":9}',
    }
  }

  /** The name of the pool's database, or of a silo's. */
  databaseOf(name = 'pool'): string {
    return this.admin(name).database ?? ''
  }

  /** Connected as the superuser. */
  admin(name = 'pool'): Client {
    const client = this.#admins.get(name)
    if (!client) throw new Error(`no database \`${name}\``)
    return client
  }

  /** A connection of its own as the superuser to a database, by the database's own name. */
  connect(name: string): Promise<Client> {
    const database = this.#databases.find((one) => one.name === name)
    if (!database) throw new Error(`no database \`${name}\``)
    return database.connect()
  }

  /** The same to the bus. */
  connectToBus(): Promise<Client> {
    return this.#busDatabase.connect()
  }

  putTenant(tenant: Partial<DirectoryTenant> & { id: string }): void {
    const placement = Object.fromEntries(
      services.map((service) => [service, tenant.silo ? 'silo' : 'pool'] as const),
    )
    this.publisher.publish({
      type: 'tenant',
      tenant: { tier: 'basic', status: 'active', silo: null, placement, ...tenant },
    })
    for (const relay of this.#relays) relay.directoryChanged()
  }

  /** Makes a database with a deployment of every service on it, and tells the directory. */
  async addDatabase(name: string, tenant: string | null): Promise<void> {
    const { host, port } = this.#server
    const database = await createTestDatabase(this.#server)
    this.#databases.push(database)
    const admin = await database.connect()
    this.#admins.set(name, admin)
    await installIsolation(admin, {
      keys: [{ kid: 1, key: deriveDatabaseKey(this.#master, database.name, 1) }],
    })
    for (const service of services) {
      await migrateService(admin, { service, migrations, systemTables })
      const role = `${database.name}_${service}`
      await grantServiceRole(admin, { role, password: 'password', service })
      this.#roles.push(role)
      this.#addPool(`${service}.${name}`, { host, port, database: database.name, user: role })
    }
    await grantRelayRole(admin)
    this.publisher.publish({
      type: 'database',
      database: { id: database.name, host, port, services },
    })
    for (const service of services) {
      this.publisher.publish({
        type: 'deployment',
        deployment: {
          id: `${service}.${name}`,
          service,
          tenant,
          database: database.name,
          role: `${database.name}_${service}`,
          addresses: [await this.#startSubscriber(service, `${service}.${name}`)],
        },
      })
    }
    for (const relay of this.#relays) relay.directoryChanged()
  }

  /** Tells the directory that a deployment is elsewhere, and returns where it was. */
  moveDeployment(id: string, addresses: readonly string[]): readonly string[] {
    const deployment = this.directory.deployments.get(id)
    if (!deployment) throw new Error(`no deployment \`${id}\``)
    this.publisher.publish({ type: 'deployment', deployment: { ...deployment, addresses } })
    for (const relay of this.#relays) relay.directoryChanged()
    return deployment.addresses
  }

  startRelay(): Relay {
    const relay = new Relay({
      directory: this.directory,
      config,
      role: { user: 'tenantry_relay', password: this.#server.password },
      bus: this.relayClient(),
      nats: this.#nats?.relay,
      signingKey: this.key,
      publicKeys: [publicJwk(this.#eventKey)],
      tokens: this.#tokens,
      caller: (service) => this.#credential(serviceAudience(service)),
      logger: pino({ level: process.env.TEST_LOG ?? 'silent' }),
      meters: this.meters,
    })
    this.#relays.push(relay)
    relay.start()
    return relay
  }

  /** Starts a relay as a process of its own and settles when it is ready. */
  async spawnRelay(): Promise<ChildProcess> {
    const { host, port, password } = this.#server
    const role = { host, port, user: 'tenantry_relay', password }
    const document: RelayDocument = {
      workload: 'relay',
      key: this.#relayKey,
      trustDomain: config.trustDomain,
      tokenServiceSocket: join(this.#folder, 'tokens.sock'),
      directorySocket: join(this.#folder, 'control.sock'),
      operatorSocket: this.operatorSocket,
      config,
      database: role,
      bus: { ...role, database: this.#busDatabase.name },
      ...(this.#nats && { nats: this.#nats.relay }),
      eventKey: this.#eventKey,
    }
    const entry = fileURLToPath(new URL('../src/relay/main.ts', import.meta.url))
    const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'ipc'] })
    const descriptor = child.stdio[3] as Writable
    descriptor.end(JSON.stringify(document))
    await once(child, 'message')
    return child
  }

  /** Where a spawned relay answers operators. */
  get operatorSocket(): string {
    return join(this.#folder, 'relay.sock')
  }

  /** Stops every relay. */
  async stopRelays(): Promise<void> {
    await Promise.all(this.#relays.splice(0).map((relay) => relay.close()))
  }

  /** Emits an event of the order service as it would: in a transaction of its own pool. */
  emit(
    tenant: string,
    subject?: string,
    { type = 'order.placed', data = {} as unknown, silo = 'pool' } = {},
  ): Promise<string> {
    return this.transaction(tenant, (tx) => emit(tx, type, data, subject === undefined ? {} : { subject }), {
      silo,
    })
  }

  /** Runs `work` as the order service, for the tenant. */
  transaction<T>(
    tenant: string,
    work: (tx: Pick<Client, 'query'>) => Promise<T>,
    { silo = 'pool', caller }: { silo?: string; caller?: TraceContext | undefined } = {},
  ): Promise<T> {
    const pool = this.pool(`order.${silo}`)
    return runInScope(contextOf(tenant), () => pool.transaction((tx) => work(tx as Pick<Client, 'query'>)), {
      caller,
    })
  }

  /** The pool of a deployment. */
  pool(deployment: string): LeasedPool {
    const pool = this.#pools.get(deployment)
    if (!pool) throw new Error(`no deployment \`${deployment}\``)
    return pool
  }

  /** What is in the effect table of a service, by event. */
  async effects(service: string, silo = 'pool'): Promise<{ event: string; tenant: string }[]> {
    const { rows } = await this.admin(silo).query(
      `select event, tenantry_tenant as tenant from ${service}.effects order by event`,
    )
    return rows
  }

  /** Settles once `check` holds; rejects after `withinMs`. */
  async eventually(check: () => unknown, withinMs = 5_000): Promise<void> {
    const deadline = Date.now() + withinMs
    while (!(await check())) {
      if (Date.now() > deadline) throw new Error(`not so within ${withinMs} ms: ${check}`)
      await sleep(5)
    }
  }

  /** Settles once nothing waits on the bus or in an outbox. */
  async drained(withinMs = 10_000): Promise<void> {
    await this.eventually(async () => {
      for (const admin of this.#admins.values()) {
        const { rowCount } = await admin.query('select from "order".outbox where relayed_at is null limit 1')
        if (rowCount) return false
      }
      if ((await this.bus.query('select from lanes limit 1')).rowCount) return false
      return (await this.#countStored()) === 0
    }, withinMs)
  }

  async remove(): Promise<void> {
    await this.stopRelays()
    await (await this.#natsClient)?.connection.close()
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()))
    await Promise.all([...this.#admins.values()].map((client) => client.end()))
    for (const database of this.#databases) await database.drop()
    for (const role of this.#roles) await this.bus.query(`drop role "${role}"`)
    await this.#busPool.end()
    await this.bus.end()
    await this.#busDatabase.drop()
    await this.#server.stop()
    rmSync(this.#folder, { recursive: true })
  }

  /** How many events are in the stream. */
  async #countStored(): Promise<number> {
    if (!this.#nats) return 0
    this.#natsClient ??= connectNats(this.#nats.provisioner, 'test')
    try {
      const { manager } = await this.#natsClient
      return (await manager.streams.info(streamName)).state.messages
    } catch {
      // While a cluster elects, nobody can say; there may be some.
      return 1
    }
  }

  #addPool(deployment: string, credentials: ClientConfig & { database: string; user: string }): void {
    const { database, user: role } = credentials
    const tenantKeys = {
      tenantKey: ({ context }: Scope) => {
        const claims = { tenant: context.tenant.id, role, kid: 1, expiresAtMs: Date.now() + 60_000 }
        const key = deriveTenantKey(deriveDatabaseKey(this.#master, database, 1), claims)
        return { ...claims, database, key }
      },
    }
    this.#pools.set(deployment, new LeasedPool({ ...credentials, password: 'password', max: 8, tenantKeys }))
  }

  async #startPlatform(): Promise<void> {
    const server = createTokenServer({
      config,
      directory: this.directory,
      workloads: createWorkloadAuthenticator(this.directory, config),
      accessTokens: createAccessTokenVerifier(config.identity),
      signingKeys: new TokenSigningKeys([{ jwk: this.#tokenKey, signsAtMs: 0 }]),
      findEventKey: keyFinder([publicJwk(this.#eventKey)]),
      recordWork: () => undefined,
      recordCentral: () => undefined,
      leaseMasters: new LeaseMasters([{ kid: 1, master: this.#master.toString('base64url') }]),
    })
    await this.#listen(server, join(this.#folder, 'tokens.sock'))
    const verifier = createTokenVerifier({ client: this.#tokens, audience: config.trustDomain })
    const workloadApi = createWorkloadApi({ config, publisher: this.publisher, verifier })
    await this.#listen(workloadApi, join(this.#folder, 'control.sock'))
  }

  /** A service's deployment, as its adapter would be: token, scope, event, inbox, effect. */
  async #startSubscriber(service: string, deployment: string): Promise<string> {
    const verifier = createTokenVerifier({ client: this.#tokens, audience: config.trustDomain })
    const server = createServer(async (request, response) => {
      try {
        const body = await buffer(request)
        const context = await verifier.verify(String(request.headers['txn-token']))
        const status = await runInScope(context, async () => {
          const event = acceptEvent(readEventFromHttp(request.headers, body))
          return this.#handle(service, { deployment, tenant: requireContext().tenant.id, event })
        })
        response.writeHead(status).end()
      } catch (error) {
        response.writeHead(isTenantryError(error) ? error.status : 500).end()
      }
    })
    await this.#listen(server, 0)
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async #handle(service: string, handled: Handled): Promise<number> {
    this.handled.push(handled)
    const status = await this.behaviour.get(service)?.(handled)
    if (status !== undefined && status < 1000) return status
    await handleOnce(this.pool(handled.deployment), handled.event, (event, tx: Pick<Client, 'query'>) =>
      tx.query('insert into effects values ($1, $2)', [event.id, handled.deployment]),
    )
    // Above 1000: the effect commits, and the answer is an error all the same.
    return status === undefined ? 204 : status - 1000
  }

  async #listen(server: Server, where: string | number): Promise<void> {
    this.#servers.push(server)
    if (typeof where === 'number') server.listen(where, '127.0.0.1')
    else server.listen(where)
    await once(server, 'listening')
  }
}

// Roles belong to the server that test files share: all of them give the relay one password, perhaps at once.
async function grantSharedRole(client: Client, password: string): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    try {
      return await grantRelayRole(client, { password })
    } catch (error) {
      if (attempts > 20 || (error as Error).message !== 'tuple concurrently updated') throw error
      await sleep(20)
    }
  }
}

function contextOf(tenant: string): TenantContext {
  return {
    tenant: { id: tenant, tier: 'basic' },
    user: undefined,
    event: undefined,
    requestId: randomUUID(),
    scope: 'request',
    workload: 'test',
    token: 'test',
    expiresAtMs: Date.now() + 60_000,
  }
}
