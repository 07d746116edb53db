import type { PoolClient } from 'pg'
import type { LeasedPool } from '../../../packages/isolation/src/index.ts'
import { SeededRandom } from '../../../packages/tenantry/src/testing/attack/seeded-random.ts'
import { type ConnectionView, viewConnection, viewSettings } from '../connection-view.ts'
import { inScope, type Placement } from '../placements.ts'
import { leave, residues } from '../residue.ts'
import type { Proof, ProofOptions, ProofResult } from './proof.ts'

const counts = { full: 10_000, short: 300 }

/** Whatever a tenant leaves on a connection, the next tenant finds the connection as a fresh one is. */
export const poisonedConnections: Proof = { name: 'poisoned connections', run }

async function run({ placements, seed, scale }: ProofOptions): Promise<ProofResult> {
  const random = new SeededRandom(seed)
  const misses: string[] = []
  let left = 0
  const swap = async (placement: Placement) => {
    const fresh = await withClient(placement.pool({ max: 1 }), 'fresh', viewConnection)
    const pool = placement.pool({ max: 1 })
    for (let swapped = 0; swapped < counts[scale] / 2; swapped++) {
      const chosen = Array.from({ length: 1 + random.below(4) }, () => random.pick(residues))
      left += chosen.length
      const from = `tenant-${random.below(50)}`
      await withClient(pool, from, async (client) => {
        for (const residue of chosen) await leave(client, residue)
      })
      const view = await withClient(pool, `next-${random.below(50)}`, viewConnection)
      const names = chosen.map(({ name }) => name).join(' + ')
      if (isEqual(view, fresh)) continue
      misses.push(`${placement.kind}: ${names}: ${await describeDifference(placement, pool, view, fresh)}`)
    }
  }
  await Promise.all([placements.pool, placements.silo].map(swap))
  return {
    name: poisonedConnections.name,
    tried: `${counts[scale]} swaps of tenants with ${left} things left behind, of ${residues.length} kinds`,
    count: counts[scale],
    misses,
    control: await control(placements.pool),
  }
}

/** The same connection, looked at by who left things there: the view must differ. */
async function control(placement: Placement): Promise<string> {
  const pool = placement.pool({ max: 1 })
  const fresh = await withClient(pool, 'control', viewConnection)
  let seen = 0
  for (const residue of residues) {
    const view = await withClient(placement.pool({ max: 1 }), 'control', async (client) => {
      await leave(client, residue)
      return viewConnection(client)
    }).catch(() => undefined)
    if (!view || !isEqual(view, fresh)) seen++
  }
  return `${seen} of ${residues.length} kinds are seen where nobody takes them away`
}

async function withClient<T>(
  pool: LeasedPool,
  tenant: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return inScope(tenant, async () => {
    const client = await pool.connect()
    try {
      return await work(client)
    } finally {
      client.release()
    }
  })
}

// A lease is as long as its tenant's name: only whether there is one counts.
function isEqual(view: ConnectionView, fresh: ConnectionView): boolean {
  return JSON.stringify({ ...view, lease: 0 }) === JSON.stringify({ ...fresh, lease: 0 })
}

async function describeDifference(
  placement: Placement,
  pool: LeasedPool,
  view: ConnectionView,
  fresh: ConnectionView,
): Promise<string> {
  const members = Object.keys(fresh).filter(
    (name) => JSON.stringify(view[name]) !== JSON.stringify(fresh[name]),
  )
  const [now, then] = await Promise.all(
    [pool, placement.pool({ max: 1 })].map((each) => withClient(each, 'difference', viewSettings)),
  )
  const settings = [...(now ?? [])].filter(([name, setting]) => then?.get(name) !== setting)
  return `${members.join(', ')} ${settings.map((pair) => pair.join(' = ')).join(', ')}`
}
