import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { findInMemory } from './process-memory.ts'
import type { RunningSystem } from './running-system.ts'

// The table of ARCHITECTURE.md: which of the system's secrets each process may hold. A deployment holds none of them.
const holders: Record<string, readonly string[]> = {
  'lease master': ['token-service'],
  'transaction-token signing key': ['token-service'],
  'event signing key': ['relay'],
  'relay password': ['relay', 'control-plane'],
  'provisioning password': ['control-plane'],
  'admin token': ['control-plane'],
  'metrics token': ['control-plane'],
  'identity signing key': ['identity-provider'],
  'job master': [],
}

const variables = new Set(
  'PATH LANG TZ NODE_COMPILE_CACHE NODE_ENV HOST PORT NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE'.split(
    ' ',
  ),
)

/** The table "who holds what", read from the running processes and from the database's catalog. */
export function describeWhoHoldsWhat(system: RunningSystem): void {
  describe('who holds what', () => {
    let processes: [string, number][]
    let secrets: Map<string, string>
    before(async () => {
      processes = [...(await system.processes())].filter(([name]) => name !== 'postgres')
      secrets = readSecrets(system.home)
      assert.ok(processes.length >= 17, `only ${processes.map(([name]) => name)}`)
    })

    it('the supervisor holds them all, so that the scan is known to find what is there', () => {
      assert.deepEqual(findInMemory(system.pid, secrets), new Set(secrets.keys()))
    })

    it('no process’s memory holds a secret that is not its own', () => {
      for (const [name, pid] of processes) {
        for (const secret of findInMemory(pid, secrets)) {
          assert.ok(holders[secret]?.includes(name), `${name} holds the ${secret}`)
        }
      }
    })

    it('no environment and no argument holds anything but where to listen', () => {
      for (const [name, pid] of processes) {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
        for (const entry of environment.split('\0').filter(Boolean)) {
          assert.ok(variables.has(entry.split('=')[0] ?? ''), `${name} has ${entry.split('=')[0]}`)
        }
        const given = environment + readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        for (const [secret, value] of secrets)
          assert.ok(!given.includes(value), `${name} was given the ${secret}`)
      }
    })

    it('no process has a file of the state folder open but its own log', () => {
      for (const [name, pid] of processes) {
        for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
          const file = readDescriptor(pid, descriptor)
          if (file?.startsWith(system.home)) assert.equal(file, join(system.home, 'logs', `${name}.log`))
        }
      }
    })

    it('token service and relay listen on no network address', () => {
      for (const [name, pid] of processes) {
        const listens = listeningPorts(pid).length > 0
        assert.equal(
          listens,
          !['token-service', 'relay'].includes(name),
          `${name} ${listens ? 'listens' : 'does not'}`,
        )
      }
    })

    it('the gateway listens on its own port alone: nobody has declared an ingress that may ask it', () => {
      const pid = new Map(processes).get('gateway') ?? assert.fail('no gateway')
      assert.deepEqual(listeningPorts(pid), [Number(new URL(system.gateway).port)])
    })
  })

  describe('the grants of the database roles', () => {
    let client: pg.Client
    before(async () => {
      client = await connect(system.home, 'tenantry_pool')
    })
    after(() => client.end())

    it('no role that a service or the relay connects as can do more than use its tables', async () => {
      const { rows } = await client.query(
        `select rolname from pg_roles where rolcanlogin and rolname <> 'postgres'
         and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
      )
      assert.deepEqual(rows, [])
    })

    it('each service role connects to its own database alone', async () => {
      const { rows } = await client.query<{ role: string; databases: string[] }>(
        `select rolname as role, array_agg(datname::text) as databases from pg_roles, pg_database
         where rolcanlogin and rolname <> 'postgres' and datallowconn and has_database_privilege(rolname, datname, 'connect') group by 1`,
      )
      assert.ok(rows.length >= 13)
      for (const { role, databases } of rows.filter((row) => row.role !== 'tenantry_relay')) {
        assert.deepEqual(databases, [`tenantry_${role.split('_')[0]}`])
      }
      const relay = rows.find(({ role }) => role === 'tenantry_relay')
      assert.ok(!relay?.databases.includes('tenantry_catalog') && !relay?.databases.includes('postgres'))
    })

    it('no service role can create or keep anything of its own', async () => {
      const { rows } = await client.query(
        `select rolname from pg_roles where rolcanlogin and rolname <> 'postgres' and (
           has_database_privilege(rolname, current_database(), 'temp') or has_database_privilege(rolname, current_database(), 'create')
           or exists (select from pg_namespace n where has_schema_privilege(rolname, n.oid, 'create'))
           or exists (select from pg_class c where c.relowner = pg_roles.oid)
           or exists (select from pg_proc p where p.proowner = pg_roles.oid))`,
      )
      assert.deepEqual(rows, [])
    })

    it('a service role has the four verbs on its own tables, all of them protected, and on nothing else', async () => {
      const { rows } = await client.query<{
        role: string
        schema: string
        name: string
        protected: boolean
        more: boolean
      }>(
        `select r.rolname as role, n.nspname as schema, c.relname as name,
           c.relrowsecurity and c.relforcerowsecurity as protected,
           has_table_privilege(r.oid, c.oid, 'truncate, references, trigger') as more
         from pg_roles r, pg_class c join pg_namespace n on n.oid = c.relnamespace
         where r.rolcanlogin and r.rolname like 'pool\\_%' and c.relkind in ('r', 'p', 'v', 'm')
           and n.nspname not in ('pg_catalog', 'information_schema')
           and has_schema_privilege(r.oid, n.oid, 'usage')
           and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')`,
      )
      assert.ok(rows.length >= 12)
      for (const { role, schema, name, protected: isProtected, more } of rows) {
        assert.equal(`pool_${schema}`, role, `${role} reaches ${schema}.${name}`)
        assert.ok(isProtected && !more, `${role} on ${schema}.${name}`)
      }
    })

    it('no service of the shop was granted central work, and so nobody can log in for it', async () => {
      const { rows } = await client.query(
        `select m.member::regrole::text as member from pg_auth_members m where m.roleid = 'tenantry_central'::regrole
         union all select rolname from pg_roles where rolname like '%central' and rolcanlogin`,
      )
      assert.deepEqual(rows, [])
    })

    it('no login role but the provisioner’s reads the lease keys', async () => {
      const { rows } = await client.query(
        `select r.rolname, c.relname from pg_roles r, pg_class c join pg_namespace n on n.oid = c.relnamespace
         where r.rolcanlogin and r.rolname <> 'postgres' and n.nspname = 'tenantry' and c.relkind in ('r', 'S')
           and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')`,
      )
      assert.deepEqual(rows, [])
    })

    it('the relay reaches outboxes alone', async () => {
      const { rows } = await client.query<{ name: string }>(
        `select distinct c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
           and has_table_privilege('tenantry_relay', c.oid, 'select, insert, update, delete')`,
      )
      assert.deepEqual(rows, [{ name: 'outbox' }])
    })
  })
}

function readSecrets(home: string): Map<string, string> {
  const secrets = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8'))
  return new Map([
    ['lease master', secrets.leaseMasters[0].master],
    ['transaction-token signing key', secrets.tokenSigningKeys[0].jwk.d],
    ['event signing key', secrets.eventSigningKey.d],
    ['relay password', secrets.relayPassword],
    ['provisioning password', secrets.postgresPassword],
    ['admin token', secrets.adminToken],
    ['metrics token', secrets.metricsToken],
    ['identity signing key', secrets.identitySigningKey.d],
    ['job master', secrets.jobMaster],
  ])
}

async function connect(home: string, database: string): Promise<pg.Client> {
  const port = Number(readFileSync(join(home, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3])
  const { postgresPassword: password } = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8'))
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database })
  await client.connect()
  return client
}

function readDescriptor(pid: number, descriptor: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`)
  } catch {
    return undefined
  }
}

function listeningPorts(pid: number): number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(readDescriptor(pid, fd) ?? '')?.[1]),
  )
  const listening = ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A')
  return listening
    .filter((fields) => sockets.has(fields[9]))
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16))
}
