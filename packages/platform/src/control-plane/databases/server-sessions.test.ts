import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestPostgres } from '../../../../../tools/test-postgres.ts'
import { ServerSessions, sessionsMax } from './server-sessions.ts'

test('eight sessions are held at once at most, and one that fails makes room for the next', async () => {
  const server = await startTestPostgres()
  const sessions = new ServerSessions(server)
  let now = 0
  let most = 0
  const full = Promise.withResolvers<void>()
  const asked = Array.from({ length: 40 }, (_, at) =>
    sessions.in('postgres', async (client) => {
      most = Math.max(most, ++now)
      // Nobody leaves before all places are taken, however slowly sessions are opened.
      if (now === sessionsMax) full.resolve()
      await full.promise
      await client.query('select pg_sleep(0.01)').finally(() => now--)
      if (at % 3 === 0) await client.query('select nothing from nowhere')
    }),
  )
  const outcomes = await Promise.allSettled(asked)
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 14)
  assert.equal(most, sessionsMax)
  await assert.rejects(
    sessions.in('no_such_database', async () => assert.fail('nothing to work with')),
    { code: '3D000' },
  )
  await sessions.in('postgres', (client) => client.query('select'))
  await server.stop()
})
