import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createTestDatabase, startTestPostgres } from '../../../tools/test-postgres.ts'
import { handleOnce } from './handle-once.ts'
import { systemTables } from './system-tables.ts'

const server = await startTestPostgres()
const database = await createTestDatabase(server)
const observer = await database.connect()
after(async () => {
  await observer.end()
  await database.drop()
  await server.stop()
})
await observer.query(
  'do $$ begin create role tenantry_relay nologin; exception when duplicate_object or unique_violation then null; end $$',
)
for (const { sql, changes } of systemTables) await observer.query([sql, ...changes].join(''))
await observer.query('create table invoices (event text)')

let checkedOut = 0
let brokenCount = 0

/** A pool that opens a connection for each checkout. */
const pool = {
  async connect() {
    const client = (await database.connect()).on('error', () => undefined)
    checkedOut++
    return Object.assign(client, {
      release(error?: Error | boolean) {
        checkedOut--
        if (error) brokenCount++
        void client.end()
      },
    })
  },
}

const eventOf = (id: string) => ({ id, source: 'urn:tenantry:service:order' })
const invoice = (event: { id: string }, tx: { query: typeof observer.query }) =>
  tx.query('insert into invoices values ($1)', [event.id])

async function invoicesOf(id: string): Promise<number> {
  return (await observer.query('select from invoices where event = $1', [id])).rowCount ?? 0
}

test('an event that is delivered again has the effect of once', async () => {
  const event = eventOf('again')
  assert.equal(await handleOnce(pool, event, invoice), 'handled')
  assert.equal(await handleOnce(pool, event, invoice), 'repeated')
  assert.equal(await invoicesOf('again'), 1)
  assert.equal(checkedOut, 0)
})

test('one id from two sources is two events', async () => {
  await handleOnce(pool, eventOf('same'), invoice)
  await handleOnce(pool, { id: 'same', source: 'urn:tenantry:service:invoice' }, invoice)
  assert.equal(await invoicesOf('same'), 2)
})

test('of twenty deliveries at once, one has the effect, also when the first of them fails', async () => {
  const event = eventOf('at-once')
  let calls = 0
  const deliveries = Array.from({ length: 20 }, () =>
    handleOnce(pool, event, async (same, tx) => {
      await invoice(same, tx)
      if (calls++ === 0) throw new Error('the first fails after its effect')
    }).catch((error: Error) => error.message),
  )
  const outcomes = await Promise.all(deliveries)
  assert.equal(outcomes.filter((outcome) => outcome === 'handled').length, 1)
  assert.equal(outcomes.filter((outcome) => outcome === 'repeated').length, 18)
  assert.equal(outcomes.filter((outcome) => outcome === 'the first fails after its effect').length, 1)
  assert.equal(await invoicesOf('at-once'), 1)
  assert.equal(checkedOut, 0)
})

test('a handler that rejects leaves nothing, and the event can be handled later', async () => {
  const event = eventOf('later')
  const failing = handleOnce(pool, event, async (same, tx) => {
    await invoice(same, tx)
    throw new Error('no')
  })
  await assert.rejects(failing, { message: 'no' })
  assert.equal(await invoicesOf('later'), 0)
  assert.equal(await handleOnce(pool, event, invoice), 'handled')
  assert.equal(await invoicesOf('later'), 1)
})

test('a failed statement that the handler hides is an error, not half an effect', async () => {
  const hiding = handleOnce(pool, eventOf('hidden'), async (event, tx) => {
    await invoice(event, tx)
    await tx.query('select 1/0').catch(() => undefined)
  })
  await assert.rejects(hiding, { code: 'EVENT_ROLLED_BACK' })
  assert.equal(await invoicesOf('hidden'), 0)
})

test('a handler that hides that the event is repeated changes nothing', async () => {
  const event = eventOf('stubborn')
  await handleOnce(pool, event, invoice)
  const outcome = await handleOnce(pool, event, async (same, tx) => {
    for (let at = 0; at < 3; at++) await invoice(same, tx).catch(() => undefined)
  })
  assert.equal(outcome, 'repeated')
  assert.equal(await invoicesOf('stubborn'), 1)
})

test('no connection is held until the handler runs its first statement', async () => {
  await handleOnce(pool, eventOf('lazy'), async (event, tx) => {
    assert.equal(checkedOut, 0)
    await invoice(event, tx)
    assert.equal(checkedOut, 1)
  })
})

test('an event whose handler runs no statement is noted as handled', async () => {
  assert.equal(await handleOnce(pool, eventOf('silent'), () => undefined), 'handled')
  assert.equal(await handleOnce(pool, eventOf('silent'), () => undefined), 'repeated')
})

test('a statement after the handler returned is refused', async () => {
  let late: typeof observer.query | undefined
  await handleOnce(pool, eventOf('over'), (_, tx) => {
    late = tx.query
  })
  await assert.rejects(async () => late?.('insert into invoices values ($1)', ['over']), {
    code: 'EVENT_OVER',
  })
})

test('a connection that breaks inside the handler is thrown away, and the event can be handled later', async () => {
  const before = brokenCount
  const breaking = handleOnce(pool, eventOf('broken'), async (event, tx) => {
    await invoice(event, tx)
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    await observer.query('select pg_terminate_backend($1)', [rows[0]?.pid])
    await tx.query('select 1')
  })
  await assert.rejects(breaking)
  assert.equal(brokenCount, before + 1)
  assert.equal(await handleOnce(pool, eventOf('broken'), invoice), 'handled')
  assert.equal(await invoicesOf('broken'), 1)
})
