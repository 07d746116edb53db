import { SeededRandom } from '../../../packages/tenantry/src/testing/attack/seeded-random.ts'
import { inScope, type Placement } from '../placements.ts'
import type { Proof, ProofOptions, ProofResult } from './proof.ts'
import { type Visit, visits } from './visits.ts'

const counts = { full: 201_000, short: 3_000 }
const tenantsCount = 1_000
const poolSizes = [2, 3, 5, 8, 13, 20]
const atOnce = 60

/** However a thousand tenants' work is mixed on few connections, each reads and writes its own rows alone. */
export const interleaving: Proof = { name: 'interleaved tenants', run }

async function run({ placements, seed, scale }: ProofOptions): Promise<ProofResult> {
  const random = new SeededRandom(seed)
  const placement = placements.pool
  await placement.admin.query('truncate shop.tickets restart identity')
  const misses: string[] = []
  const written = new Map<string, number>()
  const kinds = new Map<string, number>()
  let reads = 0
  for (const max of poolSizes) {
    const pool = placement.pool({ max })
    let left = Math.ceil(counts[scale] / poolSizes.length)
    const work = async () => {
      while (left-- > 0) {
        const tenant = `tenant-${random.below(tenantsCount)}`
        const [kind, visit] = pickVisit(random)
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        const outcome = await inScope(tenant, () => visit({ pool, tenant, random })).catch((error: Error) => {
          misses.push(`${kind} of ${tenant} on ${max}: ${error.message}`)
          return { kept: [], rows: [] }
        })
        reads += outcome.rows.length
        const alien = outcome.rows.find((row) => row.tenant !== tenant || !row.title.startsWith(`${tenant}:`))
        if (alien) misses.push(`${kind} of ${tenant} on ${max} read a row of ${alien.tenant}: ${alien.title}`)
        for (const title of outcome.kept) written.set(title, (written.get(title) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: Math.max(atOnce, 2 * max) }, work))
    await pool.end()
  }
  misses.push(...(await findMisplaced(placement, written)))
  return {
    name: interleaving.name,
    tried: `${counts[scale]} transactions of ${kinds.size} kinds, of ${tenantsCount} tenants over pools of ${poolSizes.join(', ')} connections`,
    count: counts[scale],
    misses,
    control: `${reads} rows read carried their tenant, ${written.size} rows written were found under theirs`,
  }
}

function pickVisit(random: SeededRandom): readonly [string, Visit] {
  const weights = visits.reduce((sum, { weight }) => sum + weight, 0)
  let at = random.below(weights)
  for (const { name, weight, visit } of visits) {
    at -= weight
    if (at < 0) return [name, visit]
  }
  throw new Error('weights do not add up')
}

/** What was written is there once, under its tenant; what was rolled back or abandoned is not. */
async function findMisplaced({ admin }: Placement, written: ReadonlyMap<string, number>): Promise<string[]> {
  const { rows } = await admin.query<{ title: string; tenant: string }>(
    'select title, tenantry_tenant as tenant from shop.tickets',
  )
  const misplaced = rows.filter(({ title, tenant }) => !title.startsWith(`${tenant}:`) || !written.has(title))
  const found = new Set(rows.map(({ title }) => title))
  const lost = [...written.keys()].filter((title) => !found.has(title))
  const twice = rows.length - found.size
  return [
    ...misplaced.map(({ title, tenant }) => `${title} is there under ${tenant}`),
    ...lost.map((title) => `${title} was written and is not there`),
    ...(twice > 0 ? [`${twice} rows are there twice`] : []),
  ]
}
