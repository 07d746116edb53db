import { SeededRandom } from '../../../packages/tenantry/src/testing/attack/seeded-random.ts'
import { foreign, own } from '../attacker.ts'
import type { Placement, RawClient } from '../placements.ts'
import { forgeries } from './forge-lease.ts'
import type { Proof, ProofOptions, ProofResult } from './proof.ts'

const counts = { full: 102_000, short: 4_000 }
const batch = 200
const controlEvery = 50

/** No lease is good that was not signed for this very role, tenant, database, connection and time. */
export const forgedLeases: Proof = { name: 'forged leases', run }

async function run({ placements, seed, scale }: ProofOptions): Promise<ProofResult> {
  const random = new SeededRandom(seed)
  const misses: string[] = []
  let controls = 0
  const { pool, silo } = placements
  await Promise.all([pool, silo].map((placement) => plant(placement)))
  const share = counts[scale] / 4
  const attackers = [pool, silo, pool, silo].map(async (placement) => {
    const other = placement === pool ? silo : pool
    // Statements that do not wait for each other's answers: each ends on its own.
    const client = await placement.connect({ pipeline: true } as object)
    const ways = Object.entries(forgeries)
    for (let tried = 0; tried < share; tried += batch) {
      const valid = placement.leaseOf(client, own)
      const forged = Array.from({ length: batch }, (_, at) => {
        const [way, forge] = ways[(tried + at) % ways.length] ?? random.pick(ways)
        return {
          way,
          lease: forge({
            random,
            placement,
            other,
            client,
            valid,
            turn: Math.floor((tried + at) / ways.length),
          }),
        }
      })
      const tries = forged.map(async ({ way, lease }, at) => {
        if (await isGood(client, lease)) misses.push(`${placement.kind}: ${way}: ${lease}`)
        if (at % controlEvery !== 0) return
        controls++
        if (!(await isGood(client, valid))) misses.push(`${placement.kind}: the control was refused`)
      })
      await Promise.all(tries)
    }
    if (await closedConnectionsLeaseIsGood(placement)) misses.push(`${placement.kind}: replayed`)
  })
  await Promise.all(attackers)
  return {
    name: forgedLeases.name,
    tried: `${counts[scale]} forged leases in ${Object.keys(forgeries).length} ways, on a pool and a silo`,
    count: counts[scale],
    misses,
    control: `${controls} good leases among them were accepted`,
  }
}

async function plant({ admin }: Placement): Promise<void> {
  for (const tenant of [own, foreign, 'cat', 'a', 'x'.repeat(63), `${own}s`]) {
    await admin.query(
      'insert into shop.codes (tenantry_tenant, code) values ($1, $2) on conflict do nothing',
      [tenant, `of ${tenant}`],
    )
  }
}

// Both at once on the wire; what was set before is gone with a lease that cannot even be set.
async function isGood(client: RawClient, lease: string): Promise<boolean> {
  const [, rows] = await Promise.all([
    client.query(`select set_config('tenantry.lease', $1, false)`, [lease]).catch(() => undefined),
    client.query('select tenantry.tenant(), code from codes').then(
      ({ rowCount }) => rowCount,
      () => undefined,
    ),
  ])
  return rows !== undefined
}

async function closedConnectionsLeaseIsGood(placement: Placement): Promise<boolean> {
  const closed = await placement.connect()
  const lease = placement.leaseOf(closed, foreign)
  await closed.end()
  const client = await placement.connect()
  return client.processID !== closed.processID && isGood(client, lease)
}
