// Over 250 lines because all parts of the control plane meet here, each in a line or two.
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import {
  createTokenServiceClient,
  createTokenVerifier,
  createWorkloadCredential,
  readInheritedDocument,
} from '@tenantry/context'
import {
  type DirectoryDatabase,
  type DirectoryWorkload,
  operatorsOf,
  type TenantryConfig,
} from '@tenantry/routing'
import { Pool } from 'pg'
import { pino } from 'pino'
import { closeOnStop } from '../process/close-on-stop.ts'
import { drainServer } from '../process/drain-server.ts'
import { listenOnSocket } from '../process/listen-on-socket.ts'
import { orTellWhy } from '../process/or-tell-why.ts'
import { openProcessChannel } from '../process/process-channel.ts'
import { installBus } from '../relay/install-bus.ts'
import { loadNatsLibrary } from '../relay/nats/connect-nats.ts'
import type { NatsAccess } from '../relay/nats/nats-access.ts'
import type { WorkloadDocument } from '../workload/workload-document.ts'
import { AdoptedDatabases, type AdoptedUrlsByService, databaseOf } from './adoption/adopted-databases.ts'
import { ChangeGate } from './apply/change-gate.ts'
import { findConsoleFolder } from './console/find-console-folder.ts'
import { catalogConnectionsMax, connectionsOf } from './databases/connection-budget.ts'
import { describeWeakerBinding } from './databases/lease-binding.ts'
import { Provisioner } from './databases/provisioner.ts'
import type { PostgresServer } from './databases/server-sessions.ts'
import { untilAvailable } from './databases/until-available.ts'
import { deployerOver } from './deployments/deployer.ts'
import { allTopologies, type Topology } from './deployments/topology.ts'
import { addAwayDeployments } from './events/add-away-deployments.ts'
import { addStreamLag } from './events/add-stream-lag.ts'
import { measureEventLag } from './events/measure-event-lag.ts'
import { provisionStream } from './events/provision-stream.ts'
import { keepsHops } from './explain/ask-for-hops.ts'
import { installKeysAt } from './keys/install-keys-at.ts'
import { KeyRotation } from './keys/key-rotation.ts'
import { collectMetrics } from './metrics/collect-metrics.ts'
import { MigrationRuns } from './migrations/migration-runs.ts'
import { createOperatorApi } from './operator-api.ts'
import { Pruning } from './pruning/pruning.ts'
import { retentionOf } from './pruning/retention.ts'
import { inParallel } from './scheduling/in-parallel.ts'
import { ApiKeys } from './tenants/api-keys.ts'
import { Catalog } from './tenants/catalog.ts'
import { DirectoryPublisher } from './tenants/directory-publisher.ts'
import { Lifecycle } from './tenants/lifecycle.ts'
import { countUsage } from './usage/count-usage.ts'
import { createWorkloadApi } from './workloads/workload-api.ts'

/** What the control plane is started with. */
export interface ControlPlaneDocument extends WorkloadDocument {
  readonly port: number
  /** True where its port is shared with the one that takes its place. */
  readonly shared: boolean
  readonly adminToken: string
  /** None from a supervisor of a release before. */
  readonly metricsToken?: string
  /** Where operators reach the console: an origin. */
  readonly consoleUrl: string
  /** The secret of the console's client at the operators' issuer, where it has one. */
  readonly consoleSecret?: string
  readonly config: TenantryConfig
  /** The folder that the configuration's paths are relative to. */
  readonly configFolder: string
  readonly postgres: PostgresServer
  /** The databases that services brought along. */
  readonly adopted: AdoptedUrlsByService
  /** How it reaches NATS, where events are kept there. */
  readonly nats?: NatsAccess
  /** The bus database, and the password of the role that the relay connects as. */
  readonly bus: { readonly database: string; readonly relayPassword: string }
}

/** For how long an operator's change that is under way may hold up the one that takes this place. */
const yieldMaxMs = 10_000
const catalogDatabase = 'tenantry_catalog'

const document = readInheritedDocument<ControlPlaneDocument>()
const { config, postgres } = document

const tokenService = createTokenServiceClient({
  socketPath: document.tokenServiceSocket,
  credential: createWorkloadCredential(document),
})
const weaker = describeWeakerBinding(config)
if (weaker) console.warn(weaker)
const provisioner = new Provisioner({
  server: postgres,
  tokenService,
  config,
  configFolder: document.configFolder,
  adopted: new Map(
    Object.values(document.adopted).map(({ provisionerUrl }) => [databaseOf(provisionerUrl), provisionerUrl]),
  ),
})
const adopted = new AdoptedDatabases(document.adopted, { provisioner, config })
const publisher = new DirectoryPublisher()
const { directory } = publisher

const channel = openProcessChannel(process, {
  credentials: ({ id }: { id: string }) => {
    const deployment = directory.deployments.get(id)
    if (!deployment) throw new Error(`no deployment \`${id}\``)
    const own = adopted.credentials(deployment)
    return own
      ? { ...own, connections: connectionsOf(config, deployment) }
      : provisioner.credentials(deployment)
  },
  moved: ({ id, address }: { id: string; address: string | null }) => {
    const deployment = directory.deployments.get(id)
    const addresses = address ? [address] : []
    if (deployment) publisher.publish({ type: 'deployment', deployment: { ...deployment, addresses } })
  },
  /** The deployments that this configuration has. */
  deployments: () => [...directory.deployments.keys()],
  /** So many copies of a deployment are there for a moment. */
  copies: async ({ id, copies }: { id: string; copies: number }) => {
    const deployment = directory.deployments.get(id)
    if (deployment && config.services[deployment.service]?.migrations)
      await provisioner.allowCopies(deployment, copies)
  },
  /** A workload that was not there before. */
  workload: ({ workload }: { workload: DirectoryWorkload }) =>
    publisher.publish({ type: 'workload', workload }),
  /** Another control plane is about to take this place: nothing is changed here from now on. */
  yield: async () => {
    await gate.close(yieldMaxMs)
    await Promise.all([rotation.close(), pruning.close()])
  },
})
const gate = new ChangeGate()

await provisioner.lockServer()
await provisioner.createDatabase(catalogDatabase)
const pool = new Pool({ ...postgres, database: catalogDatabase, max: catalogConnectionsMax })
pool.on('error', () => undefined)
const catalog = new Catalog(pool)
await catalog.install()
const apiKeys = new ApiKeys(pool, publisher)
await apiKeys.install()
const measureLag = async () =>
  measureEventLag(provisioner, { bus: document.bus.database, databases: await eventDatabases() })
const usage = await countUsage({ config, directory, pool, measureLag })

const deployer = deployerOver(channel)
const lifecycle = new Lifecycle({
  config,
  catalog,
  provisioner,
  publisher,
  deployer,
  adopted,
  server: postgres,
})
await orTellWhy(() => lifecycle.settle())
await lifecycle.publish()
await apiKeys.publish()

const verifier = createTokenVerifier({ client: tokenService, audience: document.trustDomain })
const workloadApi = createWorkloadApi({ config, publisher, verifier, usage: usage.intake })
await listenOnSocket(workloadApi, document.directorySocket)

const rotation = new KeyRotation({
  tokenService,
  provisioner,
  databases: async () => {
    const tenants = await catalog.list()
    const beginning = new Set(tenants.filter(({ status }) => status === 'onboarding').map(({ id }) => id))
    const placements = allTopologies(config, tenants, postgres).map(({ database, tenant }) => ({
      id: database.id,
      tenant,
      onboarding: tenant !== null && beginning.has(tenant),
    }))
    const own = (await adopted.names()).map((id) => ({ id, tenant: null, onboarding: false }))
    return [...placements, ...own]
  },
  onTrouble: (error) => console.error('the rotation of keys:', error),
})

const migrations = new MigrationRuns({
  provisioner,
  requireTenant: (id) => catalog.require(id),
  // The newest silo first: one tenant, with the least to lose. The pool last: everyone else.
  placements: async () => {
    const tenants = (await catalog.list()).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    const [pooled, ...silos] = allTopologies(config, tenants, postgres)
    return pooled ? [...silos, pooled] : silos
  },
})

// Of a tenant that is coming, there may be no database yet.
async function madePlacements(): Promise<Topology[]> {
  const tenants = (await catalog.list()).filter(({ status }) => status !== 'onboarding')
  return allTopologies(config, tenants, postgres)
}

async function eventDatabases(): Promise<DirectoryDatabase[]> {
  return (await madePlacements()).map(({ database }) => database)
}

/** Where the workloads, or those of one kind, answer operators. */
function operatorSockets(only?: DirectoryWorkload['kind']): string[] {
  const asked = [...directory.workloads.values()].filter(({ kind }) => only === undefined || kind === only)
  return asked.map(({ id }) => operatorSocketOf(id))
}

function operatorSocketOf(id: string): string {
  return join(dirname(document.operatorSocket), `${id}.sock`)
}

const pruning = new Pruning({
  provisioner,
  bus: document.bus.database,
  databases: eventDatabases,
  retention: retentionOf(config.events),
  onTrouble: (error) => console.error('what is over could not be deleted:', error),
})

const operators = operatorsOf(config)
const operatorApi = createOperatorApi({
  config,
  gate,
  apply: {
    config,
    configFolder: document.configFolder,
    tenants: () => catalog.list(),
    connectionsMax: () => provisioner.readConnectionsMax(),
    supervisor: {
      apply: (next) => channel.call('apply', { config: next }),
      report: () => channel.call('report', {}),
    },
  },
  guard: {
    adminToken: document.adminToken,
    metricsToken: document.metricsToken,
    url: document.consoleUrl,
    console: operators && {
      operators,
      clientSecret: document.consoleSecret,
      identity: config.identity,
      folder: findConsoleFolder(),
    },
    log: pino({ name: 'operators' }),
  },
  catalog,
  lifecycle,
  directory,
  apiKeys,
  rotation,
  migrations,
  tokenKeys: (step) => untilAvailable(() => tokenService.tokenKeys(step)),
  events: {
    inBus: (work) => provisioner.inDatabase(document.bus.database, work),
    lag: async () => {
      const lag = await measureLag()
      const all = document.nats ? await addStreamLag(lag, document.nats, directory) : lag
      return addAwayDeployments(all, operatorSockets('relay'))
    },
  },
  installKeysAt: async (url) => {
    const suspended = (await catalog.list()).filter(({ status }) => status === 'suspended')
    return installKeysAt(
      url,
      tokenService,
      suspended.map(({ id }) => id),
    )
  },
  audit: async () => {
    const audits = await inParallel(await madePlacements(), 4, (topology) => provisioner.audit(topology))
    return [...audits, ...(await adopted.audit())]
  },
  metrics: () =>
    collectMetrics(
      () => usage.metricsPage(),
      [...directory.workloads.keys()].map((id) => ({ workload: id, socket: operatorSocketOf(id) })),
    ),
  cost: { config, tenants: () => catalog.list(), store: usage.store },
  usage: { store: usage.store, live: usage.readers, trustDomain: document.trustDomain },
  hopKeepers: () =>
    [...directory.workloads.values()]
      .filter(keepsHops)
      .map(({ id, kind }) => ({ id, kind, socket: operatorSocketOf(id) })),
})
closeOnStop(
  async () => {
    const servers = [workloadApi, operatorApi.server]
    await Promise.all([usage.stop(), ...servers.map(drainServer), rotation.close(), pruning.close()])
    await pool.end()
  },
  { drainMs: 300, last: () => usage.tellLast() },
)

await orTellWhy(async () => {
  const { database, relayPassword } = document.bus
  await provisioner.provisionBus(database, relayPassword, installBus)
  if (document.nats) await loadNatsLibrary()
  await untilAvailable(() =>
    lifecycle.resume((what, error) => {
      console.error(`${what} did not come up:`, error)
    }),
  )
})
// Nothing else waits for NATS: tenants can be suspended while it is away.
if (document.nats) {
  const onTrouble = (error: unknown) => console.error('the stream of events is not there yet:', error)
  void provisionStream(document.nats, { events: config.events, onTrouble })
}
await rotation.resume()
pruning.start()
usage.start()
await operatorApi.ready()
operatorApi.server.listen({ host: '127.0.0.1', port: document.port, reusePort: document.shared })
await once(operatorApi.server, 'listening')
process.send?.({ type: 'ready' })
