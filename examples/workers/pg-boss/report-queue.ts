import { PgBoss } from 'pg-boss'
import { runJob, signJob } from 'tenantry/work'
import { type ReportOrder, type ReportQueue, triesMax } from '../reports.ts'

export const queueName = 'reports'

/** `connectionString` is that of a database which holds the queue and nothing else. */
export async function openReportQueue(connectionString: string): Promise<ReportQueue> {
  const boss = new PgBoss({ connectionString })
  boss.on('error', console.error)
  await boss.start()
  await boss.createQueue(queueName, { retryLimit: triesMax - 1 })
  return {
    async order(order) {
      await boss.send(queueName, { job: signJob(order) })
    },
    async work(make) {
      const options = { localConcurrency: 4, pollingIntervalSeconds: 0.5 }
      await boss.work<{ job: string }>(queueName, options, async (jobs) => {
        for (const { data } of jobs) await runJob(data.job, (order) => make(order as ReportOrder))
      })
    },
    async close() {
      await boss.stop({ close: true, graceful: false })
    },
  }
}
