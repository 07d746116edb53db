import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg'
import { inLockedTransaction } from './in-transaction.ts'
import { extensionSchema, roles, tenantColumn } from './isolation-roles.ts'
import { rolesSql } from './isolation-schema.ts'
import { scramVerifier } from './scram-verifier.ts'

// A role of ours can do none of these, whatever it was before.
const powerless = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit'

/**
 * Makes or updates the role that one deployment connects as: it reaches its own schema in this database, with the
 * four verbs on protected tables, and nothing else. `client` is connected as a superuser.
 */
export async function grantServiceRole(
  client: ClientBase,
  { role, password, service }: { role: string; password: string; service: string },
): Promise<void> {
  await inLockedTransaction(client, () =>
    grantMember(client, { role, password, service, group: roles.service }),
  )
}

/**
 * Makes or updates the role that one deployment does central work as: it reads what its schema's tables hold of every tenant,
 * the platform's own tables excepted, and writes nothing. `client` is connected as a superuser.
 */
export async function grantCentralRole(
  client: ClientBase,
  { role, password, service }: { role: string; password: string; service: string },
): Promise<void> {
  await inLockedTransaction(client, async () => {
    await grantMember(client, { role, password, service, group: roles.central })
    await client.query(`alter role ${escapeIdentifier(role)} set default_transaction_read_only = on`)
  })
}

/**
 * Takes every role of central work away that is not among `kept`: nobody logs in as it, and who has reads nothing any more.
 * `client` is connected as a superuser.
 */
export async function keepCentralRoles(client: ClientBase, kept: readonly string[]): Promise<void> {
  await inLockedTransaction(client, async () => {
    const { rows } = await client.query<{ role: string }>(
      'delete from tenantry.service_roles where is_central and role <> all ($1) returning role',
      [kept],
    )
    for (const { role } of rows) {
      const name = escapeIdentifier(role)
      await client.query(`drop owned by ${name}; drop role ${name}`)
    }
  })
}

async function grantMember(
  client: ClientBase,
  member: { role: string; password: string; service: string; group: string },
): Promise<void> {
  const { role, password, service, group } = member
  const name = escapeIdentifier(role)
  const schema = escapeIdentifier(service)
  await createLoginRole(client, name, password)
  await client.query(`grant ${group} to ${name} with inherit true, set false`)
  // A role may change its own defaults, and every tenant's sessions begin with them.
  const database = await currentDatabase(client)
  await client.query(`alter role ${name} reset all; alter role ${name} in database ${database} reset all`)
  await client.query(`alter role ${name} set search_path = ${schema}, ${extensionSchema}`)
  await client.query(`alter role ${name} set row_security = on`)
  // Leases are bound parameters, which activity never shows; other services' statements are nobody's business either.
  await client.query(`alter role ${name} set track_activities = off`)
  await client.query(`grant connect on database ${database} to ${name}`)
  await client.query(`grant usage on schema ${schema} to ${name}`)
  await client.query(
    `insert into tenantry.service_roles (role, service, is_central) values ($1, $2, $3)
     on conflict (role) do update set service = excluded.service, is_central = excluded.is_central`,
    [role, service, group === roles.central],
  )
  await grantTables(client, service)
}

/** Makes or updates the relay's role; with a password it can log in. It may connect to this database. */
export async function grantRelayRole(
  client: ClientBase,
  { password }: { password?: string } = {},
): Promise<void> {
  await inLockedTransaction(client, async () => {
    if (password === undefined) await client.query(rolesSql)
    else await createLoginRole(client, roles.relay, password)
    await client.query(`grant connect on database ${await currentDatabase(client)} to ${roles.relay}`)
  })
}

/**
 * Grants a schema's roles what its tables allow, and takes back what they do not: a table without protection is
 * never granted. To be run inside a transaction, so that no statement in between finds nothing granted.
 */
export async function grantTables(client: ClientBase, service: string): Promise<void> {
  const { rows: members } = await client.query<{ role: string; isCentral: boolean }>(
    'select role, is_central as "isCentral" from tenantry.service_roles where service = $1',
    [service],
  )
  const tables = await readGrants(client, service)
  for (const { role, isCentral } of members) {
    const to = escapeIdentifier(role)
    for (const { name, verbs, isSystem } of tables) {
      // INVARIANT: central work reads what services hold, and writes nothing.
      const given = isCentral ? verbs.filter((verb) => verb === 'select' && !isSystem) : verbs
      await client.query(`revoke all on ${name} from ${to}`)
      if (given.length > 0) await client.query(`grant ${given.join(', ')} on ${name} to ${to}`)
    }
    if (isCentral) continue
    await client.query(`grant usage on all sequences in schema ${escapeIdentifier(service)} to ${to}`)
  }
}

interface Granted {
  readonly name: string
  readonly isSystem: boolean
  readonly verbs: readonly string[]
}

// INVARIANT: an unprotected table is never granted to a service. A partition is reached through its parent alone, a view
// reads as whoever asks, and what all tenants share is only read.
async function readGrants(client: ClientBase, service: string): Promise<Granted[]> {
  const { rows } = await client.query<Granted>(
    `select format('%I.%I', n.nspname, c.relname) as name, t.name is not null as "isSystem",
       case
         when c.relispartition then '{}'
         when c.relkind = 'v' then case when c.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}'
           then array_remove(array['select', case when u.verbs & 8 > 0 then 'insert' end,
             case when u.verbs & 4 > 0 then 'update' end, case when u.verbs & 16 > 0 then 'delete' end], null) else '{}' end
         when c.relrowsecurity and c.relforcerowsecurity
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = $2 and not a.attisdropped)
           and exists (select from pg_policy p where p.polrelid = c.oid)
           then coalesce(t.service_grants, '{select,insert,update,delete}')
         when s.name is not null and t.name is null then '{select}'
         else '{}'
       end as verbs
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     cross join pg_relation_is_updatable(c.oid, true) u(verbs)
     left join tenantry.system_tables t on t.service = n.nspname and t.name = c.relname
     left join tenantry.shared_tables s on s.service = n.nspname and s.name = c.relname
     where n.nspname = $1 and c.relkind in ('r', 'p', 'v')`,
    [service, tenantColumn],
  )
  return rows
}

/** Makes a role that may log in with the password, and do nothing else of its own. */
export async function createLoginRole(client: ClientBase, name: string, password: string): Promise<void> {
  await client.query(
    `do $$ begin create role ${name} login; exception when duplicate_object or unique_violation then null; end $$`,
  )
  await client.query(`alter role ${name} ${powerless} password ${escapeLiteral(scramVerifier(password))}`)
}

async function currentDatabase(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name')
  return escapeIdentifier(rows[0]?.name ?? '')
}
