import { randomUUID } from 'node:crypto'
import { DatabaseError, type PoolClient } from 'pg'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import type { LeasedPool } from '../../../packages/isolation/src/index.ts'
import type { SeededRandom } from '../../../packages/tenantry/src/testing/attack/seeded-random.ts'

interface Row {
  readonly tenant: string
  readonly title: string
}

/** What a visit read, and which titles it wrote and kept. */
export interface VisitOutcome {
  readonly kept: readonly string[]
  readonly rows: readonly Row[]
}

/** One tenant's transaction, of one kind, in its scope. */
export type Visit = (work: {
  pool: LeasedPool
  tenant: string
  random: SeededRandom
}) => Promise<VisitOutcome>

const readText = 'select tenantry_tenant as tenant, title from tickets order by id desc limit 20'
const insertText = 'insert into tickets (title) values ($1)'
const titleOf = (tenant: string) => `${tenant}:${randomUUID()}`
const nothing: VisitOutcome = { kept: [], rows: [] }

async function withClient<T>(pool: LeasedPool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await work(client)
  } finally {
    client.release()
  }
}

const expectCode = (code: string) => (error: unknown) => {
  if (error instanceof DatabaseError && error.code === code) return
  throw error
}

const single: Visit = async ({ pool, tenant }) => {
  const title = titleOf(tenant)
  await pool.query(insertText, [title])
  const { rows } = await pool.query<Row>(readText)
  return { kept: [title], rows }
}

const read: Visit = async ({ pool, tenant }) => {
  const { rows } = await pool.query<Row>(
    'select tenantry_tenant as tenant, title from tickets where title > $1 limit 20',
    [tenant],
  )
  return { kept: [], rows }
}

const transaction: Visit = async ({ pool, tenant }) => {
  const title = titleOf(tenant)
  return pool.transaction(async (client) => {
    await client.query(insertText, [title])
    const { rows } = await client.query(readText)
    return { kept: [title], rows }
  })
}

const savepoint: Visit = async ({ pool, tenant }) => {
  const titles = [titleOf(tenant), titleOf(tenant), titleOf(tenant)]
  const rows = await pool.transaction(async (client) => {
    await client.query(insertText, [titles[0]])
    await client.query('savepoint one')
    await client.query(insertText, [titles[1]])
    await client.query('rollback to savepoint one')
    await client.query(insertText, [titles[2]])
    return (await client.query(readText)).rows
  })
  return { kept: titles.filter((_, at) => at !== 1), rows }
}

const failure: Visit = async ({ pool, tenant }) => {
  await pool
    .transaction(async (client) => {
      await client.query(insertText, [titleOf(tenant)])
      await client.query('select 1 / 0')
    })
    .catch(expectCode('22012'))
  return nothing
}

const failureAlone: Visit = async ({ pool, tenant }) => {
  await pool
    .query('select title::int from tickets where title = $1 union all select $1::int', [tenant])
    .catch(expectCode('22P02'))
  return { kept: [], rows: (await pool.query<Row>(readText)).rows }
}

const cursor: Visit = ({ pool }) =>
  withClient(pool, async (client) => {
    const opened = client.query(new Cursor<Row>(readText))
    const rows = [...(await opened.read(3)), ...(await opened.read(2))]
    await opened.close()
    return { kept: [], rows }
  })

const stream: Visit = ({ pool }) =>
  withClient(pool, async (client) => {
    const rows: Row[] = []
    for await (const row of client.query(new QueryStream(readText, [], { batchSize: 2 }))) rows.push(row)
    return { kept: [], rows }
  })

const callback: Visit = ({ pool }) =>
  new Promise((resolve, reject) =>
    pool.query(readText, (error: Error | undefined, result: { rows: Row[] }) =>
      error ? reject(error) : resolve({ kept: [], rows: result.rows }),
    ),
  )

const settings: Visit = ({ pool, tenant }) =>
  withClient(pool, async (client) => {
    await client.query(`set application_name = '${tenant}'`)
    await client.query(`set search_path = shop, pg_catalog`)
    return { kept: [], rows: (await client.query<Row>(readText)).rows }
  })

const timedOut: Visit = async ({ pool, tenant }) => {
  await pool
    .transaction(async (client) => {
      await client.query(insertText, [titleOf(tenant)])
      await client.query(`set local statement_timeout = 3`)
      await client.query('select pg_sleep(5)')
    })
    .catch(expectCode('57014'))
  return nothing
}

const abandoned: Visit = async ({ pool, tenant }) => {
  const client = await pool.connect()
  await client.query('begin')
  await client.query(insertText, [titleOf(tenant)])
  void client.query(readText).catch(() => undefined)
  client.release()
  return nothing
}

const broken: Visit = async ({ pool, tenant }) => {
  const client = await pool.connect()
  await client.query('begin')
  await client.query(insertText, [titleOf(tenant)])
  client.release(true)
  return nothing
}

/** Every kind of visit, and how often it comes among the others. */
export const visits: readonly { name: string; weight: number; visit: Visit }[] = [
  { name: 'single statements', weight: 200, visit: single },
  { name: 'read', weight: 300, visit: read },
  { name: 'transaction', weight: 200, visit: transaction },
  { name: 'savepoint', weight: 60, visit: savepoint },
  { name: 'failed transaction', weight: 60, visit: failure },
  { name: 'failed statement', weight: 40, visit: failureAlone },
  { name: 'cursor', weight: 40, visit: cursor },
  { name: 'stream', weight: 30, visit: stream },
  { name: 'callback', weight: 50, visit: callback },
  { name: 'settings', weight: 10, visit: settings },
  { name: 'timed out', weight: 4, visit: timedOut },
  { name: 'abandoned', weight: 3, visit: abandoned },
  { name: 'ended', weight: 3, visit: broken },
]
