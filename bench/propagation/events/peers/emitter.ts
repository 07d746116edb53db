// A process that places orders: each is one transaction, with its job in it where the peer can.
import { Pool } from 'pg'
import type { Orders } from '../orders.ts'
import type { Job, Peer, PeerAccess, PeerQueue } from './peer.ts'

const [name = ''] = process.argv.slice(2)
const { peer } = (await import(`./${name}.ts`)) as { peer: Peer }

// Without the bench there is nothing to do.
process.once('disconnect', () => process.exit())
process.once('message', async (access: PeerAccess) => {
  // As many connections as our service's default.
  const pool = new Pool({ ...access.database, max: 5 })
  const queue = await peer.openQueue(access)
  process.on('message', async (orders: Orders) => {
    await Promise.all(orders.tenants.map((tenant) => placeOrders(pool, queue, tenant, orders)))
    process.send?.('placed')
  })
  process.send?.('ready')
})

async function placeOrders(
  pool: Pool,
  queue: PeerQueue,
  tenant: string,
  { first, count }: Orders,
): Promise<void> {
  for (let number = first; number < first + count; number++)
    await placeOrder(pool, queue, { tenant, number, total: number })
}

async function placeOrder(pool: Pool, queue: PeerQueue, job: Job): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('insert into "order".orders (tenant_id, number, total) values ($1, $2, $3)', [
      job.tenant,
      job.number,
      job.total,
    ])
    await queue.enqueue?.(client, job)
    await client.query('commit')
  } finally {
    client.release()
  }
  await queue.enqueueLater?.(job)
}
