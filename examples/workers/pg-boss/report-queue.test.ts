import { createTestDatabase } from '../../../tools/test-postgres.ts'
import { testReportQueue } from '../test/test-report-queue.ts'

testReportQueue('pg-boss', async (server) => {
  const { openReportQueue, queueName } = await import('./report-queue.ts')
  const database = await createTestDatabase(server)
  const { user, password, host, port } = server
  const queue = await openReportQueue(`postgres://${user}:${password}@${host}:${port}/${database.name}`)
  const past = await database.connect()
  return {
    queue,
    async put(data) {
      await past.query(
        `insert into pgboss.job (name, data, retry_limit, policy)
         select name, $1, retry_limit, policy from pgboss.queue where name = $2`,
        [data, queueName],
      )
    },
    readAll: async () =>
      JSON.stringify((await past.query('select data from pgboss.job where name = $1', [queueName])).rows),
    async countFailed() {
      const text = `select count(*)::int as n from pgboss.job where name = $1 and state = 'failed'`
      return (await past.query(text, [queueName])).rows[0].n
    },
    async close() {
      await past.end()
      await database.drop()
    },
  }
})
