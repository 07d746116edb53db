// A process that works on jobs.
import { Pool } from 'pg'
import { handleOnce } from './handle-once.ts'
import type { Peer, PeerAccess } from './peer.ts'

const [name = ''] = process.argv.slice(2)
const { peer } = (await import(`./${name}.ts`)) as { peer: Peer }

// Without the bench there is nothing to do.
process.once('disconnect', () => process.exit())
process.once('message', async (access: PeerAccess) => {
  const pool = new Pool(access.database)
  await peer.work(access, (job) => handleOnce(pool, job))
  process.send?.('ready')
})
