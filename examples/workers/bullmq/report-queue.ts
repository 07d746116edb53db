import { type ConnectionOptions, Queue, UnrecoverableError, Worker } from 'bullmq'
import { isTenantryError } from 'tenantry'
import { runJob, signJob } from 'tenantry/work'
import { type ReportOrder, type ReportQueue, triesMax } from '../reports.ts'

export const queueName = 'reports'

export function openReportQueue(connection: ConnectionOptions): ReportQueue {
  const queue = new Queue(queueName, { connection })
  let worker: Worker | undefined
  return {
    async order(order) {
      const options = { attempts: triesMax, backoff: { type: 'fixed', delay: 50 } }
      await queue.add('report', { job: signJob(order) }, options)
    },
    async work(make) {
      const take = ({ data }: { data: { job: string } }) =>
        runJob(data.job, (order) => make(order as ReportOrder)).catch((error) => {
          throw isFinal(error) ? new UnrecoverableError(error.message) : error
        })
      worker = new Worker(queueName, take, { connection, concurrency: 4 })
      await worker.waitUntilReady()
    },
    async close() {
      await worker?.close()
      await queue.close()
    },
  }
}

// What nobody signed, or too long ago, is no better at the next try.
function isFinal(error: unknown): error is Error {
  return isTenantryError(error) && ['JOB_FORGED', 'JOB_EXPIRED'].includes(error.code)
}
