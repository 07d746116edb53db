import type { Queryable } from '../../packages/isolation/src/index.ts'

const viewText = `
select
  (select md5(string_agg(name || '=' || coalesce(setting, ''), ',' order by name)) from pg_settings) as settings,
  (select coalesce(string_agg(name || statement, ','), '') from pg_cursors where name not in ('', 'C_1')) as cursors,
  (select coalesce(string_agg(locktype || coalesce(objid::text, ''), ','), '') from pg_locks
    where pid = pg_backend_pid() and locktype not in ('relation', 'virtualxid')) as locks,
  (select coalesce(string_agg(c, ','), '') from pg_listening_channels() c) as channels,
  pg_my_temp_schema() as temporary,
  current_schemas(true)::text as schemas,
  current_user || ' ' || session_user as users,
  current_setting('transaction_isolation') || current_setting('transaction_read_only') as transaction,
  length(current_setting('tenantry.lease')) as lease`

const leftText = ['execute left_behind', 'execute s1', 'fetch all from held', 'fetch all from held2']

/** What a statement can see of its connection: on a clean one it is what a fresh one shows. */
export type ConnectionView = Readonly<Record<string, unknown>>

/** Looks at everything of a connection that another could have left there. */
export async function viewConnection(client: Queryable): Promise<ConnectionView> {
  // The check's own language brings settings of its own when it is first used.
  await client.query('select tenantry.tenant()')
  const { rows } = await client.query<Record<string, unknown>>(viewText)
  const found: unknown[] = []
  for (const text of leftText) {
    found.push(
      await client.query(text).then(
        () => `${text} ran`,
        ({ code }: { code?: string }) => code,
      ),
    )
  }
  return { ...rows[0], found }
}

/** The settings that differ from a fresh connection's, to name what was left. */
export async function viewSettings(client: Queryable): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings',
  )
  return new Map(rows.map(({ name, setting }) => [name, setting]))
}
