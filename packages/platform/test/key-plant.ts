import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  assertionCredential,
  createTokenServiceClient,
  generateSigningJwk,
  keyFinder,
  publicJwk,
  readSigningKey,
  Scope,
  signTransactionToken,
  type TokenServiceClient,
  verifyTransactionToken,
} from '@tenantry/context'
import { LeasedPool, type TenantKey } from '@tenantry/isolation'
import {
  Directory,
  type DirectoryDeployment,
  readConfig,
  type TenantryConfig,
  type TenantryConfigInput,
  type TenantStatus,
} from '@tenantry/routing'
import { type Client, escapeIdentifier, type PoolConfig } from 'pg'
import { startTestPostgres, type TestPostgres } from '../../../tools/test-postgres.ts'
import { createAccessTokenVerifier } from '../src/access-token/verify-access-token.ts'
import { Provisioner } from '../src/control-plane/databases/provisioner.ts'
import { ServerSessions } from '../src/control-plane/databases/server-sessions.ts'
import type { DatabaseCredentials } from '../src/control-plane/deployments/deployer.ts'
import type { Topology } from '../src/control-plane/deployments/topology.ts'
import { KeyRotation, type KeyRotationParts } from '../src/control-plane/keys/key-rotation.ts'
import { type KeptLeaseMaster, LeaseMasters } from '../src/token-service/lease-masters.ts'
import { createTokenServer } from '../src/token-service/server.ts'
import { TokenSigningKeys } from '../src/token-service/token-signing-keys.ts'
import { createWorkloadAuthenticator } from '../src/workload/authenticate-workload.ts'

import type { MigrateDocument } from './migrate-main.ts'

const audience = 'keys.test'
export const tenantKeyLifetimeMs = 1_000
const overlapMs = 1_500

/**
 * A token service on its socket, provisioned databases of a real PostgreSQL, and deployments' leased pools that ask the
 * one for keys to the other. Tenant keys live for a second, so that a rotation takes few.
 */
export class KeyPlant {
  readonly config: TenantryConfig
  readonly folder = mkdtempSync(join(tmpdir(), 'tenantry-keys-'))
  readonly topologies: Topology[] = []
  /** What the token service kept last. */
  kept: readonly KeptLeaseMaster[]
  readonly server: TestPostgres
  readonly provisioner: Provisioner
  readonly sessions: ServerSessions
  readonly #directory = new Directory()
  readonly #tokenKey = generateSigningJwk()
  readonly #workloadKeys = new Map<string, ReturnType<typeof generateSigningJwk>>()
  readonly #pools: LeasedPool[] = []
  readonly #credentials = new Map<string, Promise<DatabaseCredentials>>()
  #tokens: Server | undefined

  private constructor(server: TestPostgres, kid: number, database: TenantryConfigInput['database']) {
    this.config = readConfig({
      mode: 'development',
      trustDomain: audience,
      identity: { issuer: 'http://localhost:1', audience: 'keys', claims: { tenant: 't', role: 'r' } },
      tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
      services: { note: { entry: 'note.ts', migrations: 'migrations' } },
      database,
    })
    this.server = server
    this.kept = [{ kid, master: randomBytes(32).toString('base64url') }]
    mkdirSync(join(this.folder, 'migrations'))
    this.addMigration(
      '001.sql',
      'create table notes (note_id uuid primary key default gen_random_uuid(), text text not null)',
    )
    this.#directory.apply({ type: 'snapshot', tenants: [], deployments: [], workloads: [], databases: [] })
    this.provisioner = this.createProvisioner(this.tokenClient('control-plane'))
    this.sessions = new ServerSessions(server)
  }

  static async build(
    options: { kid?: number; database?: TenantryConfigInput['database']; ownServer?: boolean } = {},
  ): Promise<KeyPlant> {
    const { kid = 1, database, ownServer } = options
    const plant = new KeyPlant(await startTestPostgres({ own: ownServer }), kid, database)
    await plant.startTokenService()
    return plant
  }

  /** A control plane's provisioner; with another configuration, as after a start with it. */
  createProvisioner(
    tokenService: Pick<TokenServiceClient, 'databaseKeys'>,
    config: TenantryConfig = this.config,
  ): Provisioner {
    const { server, folder: configFolder } = this
    return new Provisioner({ server, tokenService, config, configFolder })
  }

  /** Starts the token service with what it kept, as whoever starts it again would. */
  async startTokenService(): Promise<void> {
    await this.stopTokenService()
    this.#tokens = createTokenServer({
      config: this.config,
      directory: this.#directory,
      workloads: createWorkloadAuthenticator(this.#directory, this.config),
      accessTokens: createAccessTokenVerifier(this.config.identity),
      signingKeys: new TokenSigningKeys([{ jwk: this.#tokenKey, signsAtMs: 0 }]),
      findEventKey: keyFinder([]),
      recordWork: () => undefined,
      recordCentral: () => undefined,
      leaseMasters: new LeaseMasters(this.kept, {
        overlapMs,
        keep: async (masters) => {
          this.kept = JSON.parse(JSON.stringify(masters))
        },
      }),
      tenantKeyLifetimeMs,
    }).listen(this.#socket)
    await once(this.#tokens, 'listening')
  }

  async stopTokenService(): Promise<void> {
    if (!this.#tokens) return
    const closed = once(this.#tokens, 'close')
    this.#tokens.close()
    this.#tokens.closeAllConnections()
    await closed
    this.#tokens = undefined
  }

  /** A client of the token service that proves itself as this workload. */
  tokenClient(workload: string): TokenServiceClient {
    const key = this.#workloadKeys.get(workload) ?? generateSigningJwk()
    this.#workloadKeys.set(workload, key)
    const kind = workload === 'control-plane' ? 'control-plane' : 'service'
    this.#directory.apply({ type: 'workload', workload: { id: workload, kind, jwk: publicJwk(key) } })
    return createTokenServiceClient({
      socketPath: this.#socket,
      credential: assertionCredential(workload, readSigningKey(key)),
    })
  }

  /** The silo of a new tenant, of the same name, with the one deployment in it; not provisioned yet. */
  newSilo(): Topology {
    const silo = randomBytes(4).toString('hex')
    const id = `test_${silo}`
    const { host, port } = this.server
    const deployment = {
      id: `note.${silo}`,
      service: 'note',
      tenant: silo,
      database: id,
      role: `${id}_note`,
      addresses: [],
    }
    this.#directory.apply({ type: 'deployment', deployment })
    const topology = {
      tenant: silo,
      database: { id, host, port, services: ['note'] },
      deployments: [deployment],
    }
    this.topologies.push(topology)
    this.tellStatus(topology, 'active')
    return topology
  }

  /** Tells the token service what became of a silo's tenant. */
  tellStatus({ tenant: id, deployments }: Topology, status: TenantStatus): void {
    if (id === null) throw new Error('no tenant')
    const placement = Object.fromEntries(deployments.map(({ service }) => [service, 'silo'] as const))
    this.#directory.apply({
      type: 'tenant',
      tenant: { id, tier: 'premium', status, placement, silo: id },
    })
  }

  /** Suspends a silo's tenant as the control plane does: no new keys, and the leases that are out are void. */
  async suspend(silo: Topology): Promise<void> {
    this.tellStatus(silo, 'suspended')
    await this.provisioner.revoke(silo.tenant ?? '', [silo.database.id])
  }

  /** Serves a silo's tenant again. */
  async activate(silo: Topology): Promise<void> {
    await this.provisioner.restore(silo.tenant ?? '', [silo.database.id])
    this.tellStatus(silo, 'active')
  }

  async addSilo(): Promise<Topology> {
    const topology = this.newSilo()
    await this.provisioner.provision(topology)
    return topology
  }

  /** A deployment's credentials, asked for once: new ones would shut its other pools out. */
  credentials(deployment: DirectoryDeployment): Promise<DatabaseCredentials> {
    const known = this.#credentials.get(deployment.id) ?? this.provisioner.credentials(deployment)
    this.#credentials.set(deployment.id, known)
    return known
  }

  /** A silo's leased pool; keys come from the token service unless another source is given. */
  async pool(
    { deployments: [deployment] }: Topology,
    options: PoolConfig & { tenantKey?: TenantKey; credentials?: DatabaseCredentials } = {},
  ): Promise<LeasedPool> {
    if (!deployment) throw new Error('no deployment')
    const client = this.tokenClient(deployment.id)
    const known = new Map<string, TenantKey>()
    const tenantKeys = {
      tenantKey: async ({ context }: Scope) => {
        if (options.tenantKey) return options.tenantKey
        const { id } = context.tenant
        const cached = known.get(id)
        if (cached && cached.expiresAtMs - Date.now() > tenantKeyLifetimeMs / 4) return cached
        const key = await client.tenantKey(context.token, { audience })
        known.set(id, key)
        return key
      },
    }
    const { credentials, ...own } = options
    const { connections: max, central: _, ...address } = credentials ?? (await this.credentials(deployment))
    const pool = new LeasedPool({ max, ...address, ...own, tenantKeys })
    this.#pools.push(pool)
    return pool
  }

  /** A scope of the tenant with a live token. */
  scope(tenant: string, { lifetimeS = 60 } = {}): Scope {
    const iat = Math.floor(Date.now() / 1000)
    const token = signTransactionToken(
      {
        iss: audience,
        aud: audience,
        iat,
        exp: iat + lifetimeS,
        txn: 't',
        sub: 'user',
        scope: 'request',
        req_wl: 'gateway',
        rctx: { began: iat },
        tctx: { tenant: { id: tenant, tier: 'basic' } },
      },
      readSigningKey(this.#tokenKey),
    )
    return new Scope(
      verifyTransactionToken(token, { audience, findKey: keyFinder([publicJwk(this.#tokenKey)]) }),
    )
  }

  rotation(changes: Partial<KeyRotationParts> = {}): KeyRotation {
    return new KeyRotation({
      tokenService: this.tokenClient('control-plane'),
      provisioner: this.provisioner,
      databases: async () =>
        this.topologies.map(({ database, tenant }) => ({ id: database.id, tenant, onboarding: false })),
      retryMs: 100,
      onTrouble: () => undefined,
      ...changes,
    })
  }

  /** Runs `work` as the superuser in a database. */
  asAdmin<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    return this.sessions.in(database, work)
  }

  async remove(): Promise<void> {
    await Promise.all(this.#pools.filter((pool) => !pool.ended).map((pool) => pool.end()))
    await this.stopTokenService()
    await this.asAdmin('postgres', async (client) => {
      for (const { database } of this.topologies) {
        await client.query(`drop database if exists ${escapeIdentifier(database.id)} with (force)`)
      }
      for (const { role } of this.topologies.flatMap(({ deployments }) => deployments)) {
        await client.query(`drop role if exists ${escapeIdentifier(role)}`)
      }
    })
    await this.server.stop()
    rmSync(this.folder, { recursive: true })
  }

  /** What a control plane in a process of its own needs for a run of migrations. */
  get migrateDocument(): MigrateDocument {
    const { server, config, folder, topologies } = this
    const key = this.#workloadKeys.get('control-plane')
    if (!key) throw new Error('no control plane')
    return { server, config, configFolder: folder, topologies, key, tokenServiceSocket: this.#socket }
  }

  /** Adds a migration of the one service. */
  addMigration(name: string, sql: string): void {
    writeFileSync(join(this.folder, 'migrations', name), sql)
  }

  get #socket(): string {
    return join(this.folder, 'tokens.sock')
  }
}
