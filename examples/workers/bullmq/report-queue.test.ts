import { spawnSync } from 'node:child_process'
import { Queue } from 'bullmq'
import { startRedis } from '../../../tools/start-redis.ts'
import { type QueueUnderTest, testReportQueue } from '../test/test-report-queue.ts'

// Of the system, not of npm.
const skip = spawnSync('redis-server', ['--version']).error
  ? 'there is no redis-server on this machine'
  : (false as const)

async function open(): Promise<QueueUnderTest> {
  const { openReportQueue, queueName } = await import('./report-queue.ts')
  const redis = await startRedis()
  const { host, port, password } = redis
  const connection = { host, port, password }
  const past = new Queue(queueName, { connection })
  return {
    queue: openReportQueue(connection),
    put: async (data) => void (await past.add('report', data)),
    readAll: async () => JSON.stringify((await past.getJobs()).map(({ data }) => data)),
    countFailed: () => past.getFailedCount(),
    async close() {
      await past.close()
      await redis.stop()
    },
  }
}

testReportQueue('BullMQ', open, { skip })
