import { PgBoss, type WorkOptions } from 'pg-boss'
import type { Job, Peer } from './peer.ts'

const queueName = 'orders'
const batchSize = 50

/** How a worker learns of jobs: by asking every 2 s as it does by default, every 0.5 s, or by notifications; or in full batches. */
const settingsOf: Record<string, WorkOptions> = {
  polling: {},
  'fast-polling': { pollingIntervalSeconds: 0.5 },
  notified: { batchSize, burstWhenBatchFull: true },
  batches: { batchSize, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
}

/** pg-boss: enqueues in the order's transaction, fetches and completes in batches. */
export const peer: Peer = {
  async openQueue({ database, settings }) {
    const boss = new PgBoss({ ...database, supervise: false, schedule: false } as object)
    boss.on('error', console.error)
    await boss.start()
    await boss.createQueue(queueName, { notify: settings === 'notified' })
    return {
      enqueue: (client, job) =>
        boss.send(queueName, job, {
          db: { executeSql: (text, values) => client.query(text, values) },
        }),
    }
  },
  async work({ database, settings }, handle) {
    const boss = new PgBoss({ ...database, useListenNotify: settings === 'notified' } as object)
    boss.on('error', console.error)
    await boss.start()
    await boss.work<Job>(queueName, settingsOf[settings] ?? {}, async (jobs) => {
      await Promise.all(jobs.map(({ data }) => handle(data)))
    })
  },
}
