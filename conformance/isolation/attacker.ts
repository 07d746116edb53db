import assert from 'node:assert/strict'
import type pg from 'pg'
import type { LeaseChanges, Placement, RawClient } from './placements.ts'
import { protectedTables } from './schema.ts'

/** The tenant whose lease an attacker holds. */
export const own = 'ant'
/** The tenant whose rows must stay out of sight. In a silo they are what a move left behind. */
export const foreign = 'bee'

/** What every row of a tenant says, so that it is known wherever it comes up. */
export const canaryOf = (tenant: string) => `canary-of-${tenant}`

/** What a statement came to: its rows or its error, and everything that was said on the way. */
export interface Outcome {
  readonly code: string | undefined
  readonly rows: readonly Record<string, unknown>[]
  readonly command: string | undefined
  /** Rows, fields, error and notices as text. */
  readonly said: string
}

/** Gives each tenant rows in every protected table, past the policies. */
export async function plantCanaries(placement: Placement, { rows = 20 } = {}): Promise<void> {
  for (const [table, column] of Object.entries(protectedTables)) {
    for (const tenant of [own, foreign]) {
      const values = (more: string, from = '') =>
        `insert into shop.${table} (tenantry_tenant, ${column}${more ? `, ${more.split(' as ')[1]}` : ''})
         select $1::text, $2::text || '-' || n${more ? `, ${more.split(' as ')[0]}` : ''} from generate_series(1, ${rows}) n ${from}`
      const more = { parts: 's.id as secret', days: "date '2026-05-05' as day", secrets: 'n as amount' }[
        table
      ]
      const from =
        table === 'parts'
          ? `join lateral (select id from shop.secrets where tenantry_tenant = $1 offset n - 1 limit 1) s on true`
          : ''
      await placement.admin.query(values(more ?? '', from), [tenant, canaryOf(tenant)])
    }
  }
  await placement.admin.query('analyze')
}

/** A connection of the service's own that holds a lease for the attacker's tenant, until it is taken back. */
export async function connectLeased(placement: Placement, changes?: pg.ClientConfig): Promise<RawClient> {
  const client = await placement.connect(changes)
  await hold(placement, client)
  return client
}

/** Sets a lease on the connection's session. */
export async function hold(
  placement: Placement,
  client: RawClient,
  tenant: string = own,
  changes?: LeaseChanges,
): Promise<void> {
  await client.query(`select pg_catalog.set_config('tenantry.lease', $1, false)`, [
    placement.leaseOf(client, tenant, changes),
  ])
}

/** Runs an attack and takes down what comes of it. It never rejects for what the server says. */
export async function attack(
  client: Pick<pg.Client, 'query'> & NodeJS.EventEmitter,
  statement: string,
  values?: unknown[],
): Promise<Outcome> {
  const heard: unknown[] = []
  const listen = (notice: object) => heard.push({ ...notice, message: String((notice as Error).message) })
  client.on('notice', listen)
  try {
    const answer: unknown = await client.query(statement, values)
    const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryResult[]
    const rows = results.flatMap((result) => result.rows as Record<string, unknown>[])
    const fields = results.flatMap((result) => result.fields.map(({ name }) => name))
    return {
      code: undefined,
      rows,
      command: results.at(-1)?.command,
      said: JSON.stringify([rows, fields, heard]),
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    // A connection that is gone says no more, and so has no code.
    const { code = 'gone' } = error as { code?: string }
    return { code, rows: [], command: undefined, said: JSON.stringify([{ ...error }, error.message, heard]) }
  } finally {
    client.off('notice', listen)
  }
}

/** Asserts that nothing that was said carries a foreign row, in whichever spelling. */
export function requireNothingForeign({ said }: Pick<Outcome, 'said'>, statement: string): void {
  const canary = canaryOf(foreign)
  const hex = Buffer.from(canary).toString('hex')
  const base64 = Buffer.from(canary).toString('base64').slice(0, -4)
  for (const spelling of [canary, hex, base64]) {
    assert.ok(
      !said.toLowerCase().includes(spelling.toLowerCase()),
      `${statement}\nsaid ${said.slice(0, 400)}`,
    )
  }
}

/** What all foreign rows come to, row versions included: an attack must leave it as it was. */
export async function readForeign({ admin }: Placement): Promise<string> {
  const parts = Object.keys(protectedTables).map(
    (table) => `(select coalesce(md5(string_agg(t.xmin::text || t::text, ',' order by t::text)), 'none')
                 from shop.${table} t where tenantry_tenant = '${foreign}')`,
  )
  const { rows } = await admin.query<{ all: string }>(`select concat_ws(' ', ${parts.join(', ')}) as all`)
  return rows[0]?.all ?? ''
}

/** Runs an attack in a transaction that is undone, and asserts that it read and wrote nothing foreign. */
export async function attackInVain(
  placement: Placement,
  client: RawClient,
  statement: string,
): Promise<Outcome> {
  const before = await readForeign(placement)
  const outcome = await attack(client, statement)
  requireNothingForeign(outcome, statement)
  assert.equal(await readForeign(placement), before, `${statement}: foreign rows were changed`)
  return outcome
}

/** Asserts that an attack is refused with one of the SQLSTATEs. */
export async function requireRefused(
  placement: Placement,
  client: RawClient,
  statement: string,
  codes: readonly string[],
): Promise<void> {
  const { code, said } = await attackInVain(placement, client, statement)
  assert.ok(
    code !== undefined && codes.includes(code),
    `${statement}: ${code ?? 'it ran'}, ${said.slice(0, 300)}`,
  )
}
