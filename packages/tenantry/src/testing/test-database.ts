import { createHash, createHmac, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TenantryError } from '@tenantry/context'
import {
  centralRoleOf,
  grantCentralRole,
  grantServiceRole,
  installIsolation,
  listMigrations,
  type Migration,
  migrateService,
} from '@tenantry/isolation'
import { systemTables } from '@tenantry/propagation'
import pg from 'pg'
import manifest from '../../package.json' with { type: 'json' }

/** What a service's test database is made from. */
export interface TestDatabaseOptions {
  /** A superuser's URL: `postgres://…`. The kit makes databases of its own on that server, and touches no other. */
  readonly postgres: string
  readonly service: string
  /** The folder of the service's plain SQL migrations, as `tenantry.config.ts` names it. */
  readonly migrations: string
  /** Tables of reference data that all tenants read and none writes. */
  readonly shared?: readonly string[]
}

/** The same, for a service that was granted `central` or was not. */
type DatabaseOptions = TestDatabaseOptions & { readonly central?: boolean }

/** A database of one test file's own, migrated and protected. */
export interface TestDatabase {
  readonly address: {
    host: string
    port: number
    database: string
    user: string
    password: string
    central?: { user: string; password: string; connections: number }
  }
  readonly key: Buffer
  readonly kid: number
  drop(): Promise<void>
}

const kid = 1

/**
 * Makes a database of the test file's own. What its migrations make of one is made once for each server and text of theirs, as a
 * template, and copied: the first takes as long as the migrations, the next ones some 50 ms. Rejects with
 * `TESTING_POSTGRES` when the server cannot be used, and as migrations do.
 */
export async function openTestDatabase(options: DatabaseOptions): Promise<TestDatabase> {
  const migrations = readMigrations(options.migrations)
  const template = `tenantry_test_${fingerprint(options, migrations)}`
  const role = `${template}_role`
  const [password, key] = [secret(options, template, 'password'), secret(options, template, 'key')]
  const central = options.central
    ? {
        user: centralRoleOf(role),
        password: secret(options, template, 'central password').toString('hex'),
        connections: 2,
      }
    : undefined
  const admin = await connect(options.postgres)
  try {
    await withLock(admin, template, async () => {
      if (await isReady(admin, template)) return
      await admin.query(`drop database if exists ${template} with (force)`)
      await admin.query(`create database ${template}`)
      const { service, shared = [] } = options
      const inside = await connect(options.postgres, template)
      try {
        await installIsolation(inside, { keys: [{ kid, key }] })
        await migrateService(inside, { service, migrations, systemTables, shared })
        await grantServiceRole(inside, { role, password: password.toString('hex'), service })
        if (central)
          await grantCentralRole(inside, { role: central.user, password: central.password, service })
      } finally {
        await inside.end()
      }
      // A template that was not finished is no template.
      await admin.query(`comment on database ${template} is 'ready'`)
    })
    const name = `${template}_${randomBytes(4).toString('hex')}`
    await admin.query(`create database ${name} template ${template}`)
    const members = [role, ...(central ? [central.user] : [])].join(', ')
    await admin.query(
      `revoke all on database ${name} from public; grant connect on database ${name} to ${members}`,
    )
    const { host, port } = admin
    return {
      address: {
        ...{ host, port, database: name, user: role, password: password.toString('hex') },
        ...(central && { central }),
      },
      key,
      kid,
      drop: () => dropDatabase(options.postgres, name),
    }
  } finally {
    await admin.end()
  }
}

function readMigrations(folder: string): Migration[] {
  const names = listMigrations(readdirSync(folder, { recursive: true }) as string[])
  return names.map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }))
}

function fingerprint(
  { service, shared, central }: DatabaseOptions,
  migrations: readonly Migration[],
): string {
  const about = JSON.stringify([manifest.version, service, shared, central, migrations, systemTables])
  return createHash('sha256').update(about).digest('hex').slice(0, 12)
}

// The same for every process that copies the template, and known to nobody who does not know the superuser's password.
function secret({ postgres }: TestDatabaseOptions, template: string, purpose: string): Buffer {
  return createHmac('sha256', postgres).update(`${template} ${purpose}`).digest()
}

async function isReady(admin: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await admin.query(
    `select from pg_database where datname = $1 and shobj_description(oid, 'pg_database') = 'ready'`,
    [name],
  )
  return rowCount === 1
}

async function withLock(admin: pg.Client, name: string, work: () => Promise<void>): Promise<void> {
  await admin.query('select pg_advisory_lock(hashtextextended($1, 0))', [name])
  try {
    await work()
  } finally {
    await admin.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name])
  }
}

async function dropDatabase(url: string, name: string): Promise<void> {
  const admin = await connect(url)
  await admin.query(`drop database if exists ${name} with (force)`).finally(() => admin.end())
}

async function connect(postgres: string, database?: string): Promise<pg.Client> {
  try {
    const url = new URL(postgres)
    if (database) url.pathname = `/${database}`
    const client = new pg.Client({ connectionString: url.href, application_name: 'tenantry testing' })
    await client.connect()
    return client
  } catch (cause) {
    throw new TenantryError(
      'TESTING_POSTGRES',
      `the test server cannot be used: ${(cause as Error).message}`,
      { help: 'give a superuser’s URL, `postgres://role:password@host:port/postgres`', cause },
    )
  }
}
