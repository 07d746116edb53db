import { run, runMigrations } from 'graphile-worker'
import type { Job, Peer, PeerAccess } from './peer.ts'

const taskName = 'invoice'
const concurrentJobs = 24

/** graphile-worker: `add_job` in the order's transaction; woken by notifications, and with the batching of its guide to performance. */
export const peer: Peer = {
  async openQueue(access) {
    await runMigrations({ connectionString: urlOf(access) })
    return {
      enqueue: (client, job) =>
        client.query('select graphile_worker.add_job($1, payload := $2)', [taskName, JSON.stringify(job)]),
    }
  },
  async work(access, handle) {
    await run({
      connectionString: urlOf(access),
      maxPoolSize: concurrentJobs + 1,
      preset: {
        worker: {
          concurrentJobs,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
      taskList: { [taskName]: (payload) => handle(payload as Job) },
      noHandleSignals: true,
    })
  },
}

function urlOf({ database: { host, port, user, password, database } }: PeerAccess): string {
  return `postgres://${user}:${encodeURIComponent(String(password))}@${host}:${port}/${database}`
}
