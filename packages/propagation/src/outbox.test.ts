import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import {
  readTraceContext,
  requireScope,
  runInScope,
  type TenantContext,
  writeTraceContext,
} from '@tenantry/context'
import { createTestDatabase, startTestPostgres } from '../../../tools/test-postgres.ts'
import { emit } from './outbox.ts'
import { outboxChannel, systemTables } from './system-tables.ts'

const server = await startTestPostgres()
const database = await createTestDatabase(server)
const [service, listener] = [await database.connect(), await database.connect()]
after(async () => {
  await Promise.all([service.end(), listener.end()])
  await database.drop()
  await server.stop()
})
await service.query(
  'do $$ begin create role tenantry_relay nologin; exception when duplicate_object or unique_violation then null; end $$',
)
for (const { sql, changes } of systemTables) await service.query([sql, ...changes].join(''))

const context: TenantContext = {
  tenant: { id: 'tenant-a', tier: 'basic' },
  user: undefined,
  event: undefined,
  requestId: 'r1',
  scope: 'request',
  workload: 'gateway',
  token: 'token',
  expiresAtMs: Date.now() + 60_000,
}

async function readOutbox(): Promise<{ id: string; type: string; subject: string | null; data: string }[]> {
  return (await listener.query('select id, type, subject, data from outbox order by position')).rows
}

test('an event that was emitted in a transaction is there once it commits, and its listeners are told', async () => {
  await listener.query(`listen ${outboxChannel}`)
  const told = once(listener, 'notification')
  await service.query('begin')
  const id = await emit(service, 'order.placed', { total: '1.50' }, { subject: 'o1' })
  assert.deepEqual(await readOutbox(), [])
  await service.query('commit')
  const [{ channel, payload }] = await told
  assert.deepEqual([channel, payload], [outboxChannel, ''])
  assert.deepEqual(await readOutbox(), [
    { id, type: 'order.placed', subject: 'o1', data: '{"total":"1.50"}' },
  ])
})

test('an event that was emitted in a transaction that is rolled back never was', async () => {
  const before = await readOutbox()
  await service.query('begin')
  await emit(service, 'order.placed', {})
  await service.query('rollback')
  assert.deepEqual(await readOutbox(), before)
})

test('an event stays in the trace that it was emitted in', async () => {
  const trace = await runInScope(context, async () => {
    await emit(service, 'order.placed', {})
    return requireScope().trace
  })
  await emit(service, 'order.placed', {})
  const { rows } = await listener.query(
    'select traceparent, tracestate from outbox order by position desc limit 2',
  )
  assert.deepEqual(rows, [
    { traceparent: null, tracestate: null },
    { ...writeTraceContext(trace), tracestate: null },
  ])
})

test('what tracing systems say of that trace stays with it, and without a trace there is nothing', async () => {
  const state = `a=${'x'.repeat(200)},b@vendor=1`
  const trace = readTraceContext([`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`], [state])
  const traced = await runInScope(
    context,
    async () => {
      await emit(service, 'order.placed', {})
      return writeTraceContext(requireScope().trace)
    },
    { caller: trace },
  )
  await emit(service, 'order.placed', {})
  const { rows } = await listener.query(
    'select traceparent, tracestate from outbox order by position desc limit 2',
  )
  assert.deepEqual(rows, [
    { traceparent: null, tracestate: null },
    { ...traced, tracestate: state },
  ])
})

test('no row holds more of it than an event may', async () => {
  const insert = `insert into outbox (id, type, data, tracestate) values (gen_random_uuid(), 'a', '{}', repeat('x', $1))`
  await service.query('begin')
  await service.query(insert, [512])
  await assert.rejects(service.query(insert, [513]), { constraint: 'outbox_tracestate' })
  await service.query('rollback')
})

test('data arrives as it was given, whatever characters it has', async () => {
  const data = { text: 'naïve ☕\u0000\ud800 "quoted"', list: [1, null, true] }
  await emit(service, 'order.placed', data)
  assert.deepEqual(JSON.parse((await readOutbox()).at(-1)?.data ?? ''), data)
})

test('what no event can have is refused before the database is asked', async () => {
  const before = await readOutbox()
  const refused = { code: 'EVENT_INVALID' }
  for (const type of ['', 'order placed', 'a'.repeat(129), 'x\ny'])
    await assert.rejects(emit(service, type, {}), refused)
  for (const subject of ['', 'a\nb', 'x'.repeat(257)])
    await assert.rejects(emit(service, 'a', {}, { subject }), refused)
  await assert.rejects(emit(service, 'a', undefined), refused)
  await assert.rejects(emit(service, 'a', 'x'.repeat(256 * 1024)), {
    code: 'EVENT_INVALID',
    message: '`data` of the event is not valid',
  })
  assert.deepEqual(await readOutbox(), before)
})

test('a pool is refused: it would emit outside the transaction', async () => {
  const pool = { idleCount: 0, query: (text: string, values: unknown[]) => service.query(text, values) }
  await assert.rejects(emit(pool, 'order.placed', {}), { code: 'EVENT_OUTSIDE_TRANSACTION' })
})
