import { randomBytes } from 'node:crypto'
import type { TokenServiceClient } from '@tenantry/context'
import {
  auditDatabase,
  centralRoleOf,
  grantCentralRole,
  grantRelayRole,
  grantServiceRole,
  installIsolation,
  installKeys,
  keepCentralRoles,
  type Migration,
  migrateService,
  readKeyIds,
  restoreTenant,
  revokeTenant,
  setRevokedTenants,
} from '@tenantry/isolation'
import { systemTables } from '@tenantry/propagation'
import type { DirectoryDeployment, TenantryConfig } from '@tenantry/routing'
import { type Client, escapeIdentifier } from 'pg'
import type { DatabaseCredentials } from '../deployments/deployer.ts'
import type { Topology } from '../deployments/topology.ts'
import { Turns } from '../scheduling/turns.ts'
import { centralConnections, centralLimitOf, connectionLimitOf, connectionsOf } from './connection-budget.ts'
import type { ClaimedRows } from './existing-rows.ts'
import { deploymentAddress, leaseBindingOf } from './lease-binding.ts'
import { outlastTransactions } from './outlast-transactions.ts'
import type { PlacementAudit } from './placement-audit.ts'
import { describeFailure, type MigrationFailure, type PlacementMigrations } from './placement-migrations.ts'
import { createDatabase, lockServer, readConnectionsMax } from './server-databases.ts'
import { type PostgresServer, ServerSessions } from './server-sessions.ts'
import { readAppliedMigrations, readMigrations } from './service-migrations.ts'

// INVARIANT: a loud tenant cannot starve a quiet one. Pools of a service's own making meet this limit as well.
async function limitConnections(client: Client, role: string, limit: number): Promise<void> {
  await client.query(`alter role ${escapeIdentifier(role)} connection limit ${limit}`)
}

/** Makes databases what they have to be. Every step can be repeated; a repeated one changes nothing. */
export class Provisioner {
  readonly #server: PostgresServer
  readonly #tokenService: Pick<TokenServiceClient, 'databaseKeys'>
  readonly #config: TenantryConfig
  readonly #configFolder: string
  readonly #sessions: ServerSessions
  /** A database's keys are asked for and installed in one turn: those of before a rotation never replace later ones. */
  readonly #keyTurns = new Turns()
  readonly #turns = new Turns()
  /** What the last try to migrate a database ended with. */
  readonly #failures = new Map<string, { service: string | null; failure: MigrationFailure }>()

  constructor(options: {
    server: PostgresServer
    tokenService: Pick<TokenServiceClient, 'databaseKeys'>
    config: TenantryConfig
    configFolder: string
    /** The URLs of databases that services brought along, by name. */
    adopted?: ReadonlyMap<string, string>
  }) {
    this.#server = options.server
    this.#sessions = new ServerSessions(options.server, options.adopted)
    this.#tokenService = options.tokenService
    this.#config = options.config
    this.#configFolder = options.configFolder
  }

  /** Shuts every role of ours out of the databases that the server came with: by default all may connect there. */
  async lockServer(): Promise<void> {
    await this.inDatabase('postgres', lockServer)
  }

  /** Makes the database when it is missing, and lets no role connect that was not granted it. */
  async createDatabase(name: string): Promise<void> {
    await this.inDatabase('postgres', (client) => createDatabase(client, name))
  }

  /**
   * Installs isolation, every service's tables and the relay's grants in a topology's database. Rejects with what the
   * first service that cannot be migrated failed with; the services after it are left as they are.
   * `existingRowsOf` tells whose the rows are that a service's tables had before Tenantry; where nobody's, they stop it.
   */
  provision({ database, deployments }: Topology, { existingRowsOf }: ClaimedRows = {}): Promise<void> {
    return this.#turns.take(database.id, async () => {
      let service: string | null = null
      try {
        await this.createDatabase(database.id)
        await this.#installIsolation(database.id)
        await this.inDatabase(database.id, async (client) => {
          for (service of database.services) await this.#migrate(client, service, existingRowsOf?.(service))
          service = null
          await grantRelayRole(client)
          // INVARIANT: who was not granted central work has no role for it, whatever was granted before.
          const granted = deployments.filter(({ service }) => this.#hasCentral(service))
          await keepCentralRoles(
            client,
            granted.map(({ role }) => centralRoleOf(role)),
          )
        })
        this.#failures.delete(database.id)
      } catch (error) {
        this.#failures.set(database.id, { service, failure: describeFailure(error) })
        throw error
      }
    })
  }

  /** How the migrations stand in a topology's database; a failure is the last try's. */
  async readMigrationStatus({ database, tenant }: Topology): Promise<PlacementMigrations> {
    const failed = this.#failures.get(database.id)
    const applied = await this.inDatabase(database.id, readAppliedMigrations).catch(describeFailure)
    const services = database.services.map(async (service) => {
      const known = applied instanceof Map ? applied.get(service) : undefined
      const names = (await this.#readMigrations(service)).map(({ name }) => name)
      const pending = names.filter((name) => !known?.has(name))
      const failure = failed?.service === service ? failed.failure : null
      return { service, applied: names.length - pending.length, pending, failure }
    })
    const failure = applied instanceof Map ? null : applied
    const own = failed?.service === null ? failed.failure : null
    return { database: database.id, tenant, services: await Promise.all(services), failure: failure ?? own }
  }

  /** What isolation is worth in a topology's database, by its catalog. Never rejects: what kept it from being read is told. */
  async audit({ database, tenant }: Topology): Promise<PlacementAudit> {
    const shared = new Map(database.services.map((name) => [name, this.#config.services[name]?.shared ?? []]))
    const central = new Set(database.services.filter((name) => this.#hasCentral(name)))
    const options = { shared, systemTables, central }
    return this.inDatabase(database.id, (client) => auditDatabase(client, options)).then(
      (audit) => ({ database: database.id, tenant, audit, failure: null }),
      (error: unknown) => ({ database: database.id, tenant, audit: null, failure: describeFailure(error) }),
    )
  }

  /** Gives a database the keys that are live now, and takes the others from it. */
  async installKeys(database: string): Promise<void> {
    await this.#keyTurns.take(database, async () => {
      const keys = await this.#tokenService.databaseKeys(database)
      await this.inDatabase(database, (client) => installKeys(client, keys))
    })
  }

  /** The `kid`s of the keys that a database has. */
  readKeyIds(database: string): Promise<number[]> {
    return this.inDatabase(database, readKeyIds)
  }

  /** Settles when no transaction in the database reads by a snapshot from before this call, or at the deadline. */
  outlastTransactions(database: string, deadlineMs: number): Promise<void> {
    return this.inDatabase(database, (client) => outlastTransactions(client, deadlineMs))
  }

  /** Gives the relay's role its password and its own database, the bus. */
  async provisionBus(
    name: string,
    password: string,
    install: (client: Client) => Promise<void>,
  ): Promise<void> {
    await this.createDatabase(name)
    await this.inDatabase(name, async (client) => {
      await install(client)
      await grantRelayRole(client, { password })
    })
  }

  /**
   * Sets a new password for a deployment's role, and for its central role where its service was granted `central`, and gives
   * them away; whoever had the old ones is shut out.
   */
  async credentials(deployment: DirectoryDeployment): Promise<DatabaseCredentials> {
    const password = randomBytes(24).toString('base64url')
    const { database, role, service } = deployment
    const central = this.#hasCentral(service)
      ? { user: centralRoleOf(role), password: randomBytes(24).toString('base64url') }
      : undefined
    await this.inDatabase(database, async (client) => {
      await grantServiceRole(client, { role, password, service })
      await limitConnections(client, role, connectionLimitOf(this.#config, deployment))
      if (!central) return
      await grantCentralRole(client, { role: central.user, password: central.password, service })
      await limitConnections(client, central.user, centralLimitOf(this.#config, deployment))
    })
    return {
      ...deploymentAddress(this.#config, this.#server),
      ...{ database, user: role, password, connections: connectionsOf(this.#config, deployment) },
      ...(central && { central: { ...central, connections: centralConnections } }),
    }
  }

  /** Lets a deployment's role have the connections of so many copies at once, while one takes another's place. */
  async allowCopies(deployment: DirectoryDeployment, copies: number): Promise<void> {
    const limit = copies * connectionLimitOf(this.#config, deployment)
    await this.inDatabase(deployment.database, async (client) => {
      await limitConnections(client, deployment.role, limit)
      if (!this.#hasCentral(deployment.service)) return
      const central = copies * centralLimitOf(this.#config, deployment)
      await limitConnections(client, centralRoleOf(deployment.role), central)
    })
  }

  /** How many connections the server has for all who are no superusers. */
  readConnectionsMax(): Promise<number> {
    return this.inDatabase('postgres', readConnectionsMax)
  }

  /** Makes every lease of the tenant void in these databases, also those already out, from the next statement on. */
  async revoke(tenant: string, databases: readonly string[]): Promise<void> {
    await this.#inEach(databases, (client) => revokeTenant(client, tenant))
  }

  /** Lets the tenant's leases be used again in these databases. */
  async restore(tenant: string, databases: readonly string[]): Promise<void> {
    await this.#inEach(databases, (client) => restoreTenant(client, tenant))
  }

  /** Makes exactly these tenants revoked in a database. */
  async setRevoked(tenants: readonly string[], database: string): Promise<void> {
    await this.inDatabase(database, (client) => setRevokedTenants(client, tenants))
  }

  #hasCentral(service: string): boolean {
    return this.#config.services[service]?.grants.includes('central') ?? false
  }

  #installIsolation(database: string): Promise<void> {
    return this.#keyTurns.take(database, async () => {
      const keys = await this.#tokenService.databaseKeys(database)
      const binding = leaseBindingOf(this.#config)
      // INVARIANT: the database decides what a lease is bound to; a deployment only signs for what was decided.
      await this.inDatabase(database, (client) => installIsolation(client, { keys, binding }))
    })
  }

  async #migrate(client: Client, service: string, existingRowsOf?: string): Promise<void> {
    await migrateService(client, {
      service,
      migrations: await this.#readMigrations(service),
      systemTables,
      shared: this.#config.services[service]?.shared ?? [],
      ...(existingRowsOf !== undefined && { existingRowsOf }),
    })
  }

  #readMigrations(service: string): Promise<Migration[]> {
    return readMigrations(this.#config, this.#configFolder, service)
  }

  async #inEach(databases: readonly string[], work: (client: Client) => Promise<void>): Promise<void> {
    await Promise.all(databases.map((database) => this.inDatabase(database, work)))
  }

  /** Runs `work` on a connection of the provisioning role to a database. */
  inDatabase<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    return this.#sessions.in(database, work)
  }
}
