import { Queue, Worker } from 'bullmq'
import type { Job, Peer } from './peer.ts'

const queueName = 'orders'

/** BullMQ: its queue is in Redis, so a job is added once the order is committed, and is lost with the process in between. */
export const peer: Peer = {
  async openQueue({ redis }) {
    const queue = new Queue<Job>(queueName, { connection: redis })
    return { enqueueLater: (job) => queue.add('invoice', job, { removeOnComplete: true }) }
  },
  async work({ redis }, handle) {
    const worker = new Worker<Job>(queueName, ({ data }) => handle(data), {
      connection: redis,
      concurrency: 50,
    })
    await worker.waitUntilReady()
  },
}
