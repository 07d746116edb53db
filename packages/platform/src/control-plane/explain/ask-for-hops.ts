import {
  type DirectoryWorkload,
  type Hop,
  type HopAnswer,
  hopSchema,
  hopsQuery,
  newestHopsQuery,
} from '@tenantry/routing'
import { readOperatorPage } from '../../process/read-operator-page.ts'
import { inParallel } from '../scheduling/in-parallel.ts'

/** A process that keeps hops, and where it answers operators. */
export interface HopKeeper {
  readonly id: string
  readonly kind: DirectoryWorkload['kind']
  readonly socket: string
}

/** A hop, by whom it was kept. */
export type KeptHop = Hop & { readonly process: string }

/** What all processes answered together. */
export interface KeptHops {
  readonly hops: readonly KeptHop[]
  /** When the oldest record of a gateway is from; null where there is none. */
  readonly oldestAtMs: number | null
  /** The processes that did not answer. */
  readonly unread: readonly string[]
}

const told: Partial<Record<DirectoryWorkload['kind'], readonly Hop['kind'][]>> = {
  gateway: ['gateway'],
  relay: ['stored', 'delivered'],
  service: ['service', 'emitted'],
}

/** True for a process that keeps hops. */
export function keepsHops({ kind }: Pick<DirectoryWorkload, 'kind'>): boolean {
  return told[kind] !== undefined
}

/** Asks each of `keepers` for the hops of requests, events or traces with these ids. */
export function askForHops(keepers: readonly HopKeeper[], ids: readonly string[]): Promise<KeptHops> {
  return askEach(keepers, hopsQuery(ids))
}

/** Asks each of `keepers` for its newest hops, of one tenant or of all: `limit` of each, 500 at most. */
export function askForNewestHops(
  keepers: readonly HopKeeper[],
  newest: { tenant?: string | undefined; limit: number },
): Promise<KeptHops> {
  return askEach(keepers, newestHopsQuery(newest))
}

async function askEach(keepers: readonly HopKeeper[], query: string): Promise<KeptHops> {
  const answers = await inParallel(keepers, 16, async (keeper) => {
    const answer = await readOperatorPage(keeper.socket, query)
      .then((page) => JSON.parse(page) as Partial<HopAnswer>)
      .catch(() => undefined)
    return { keeper, answer }
  })
  const oldest = answers.flatMap(({ keeper, answer }) =>
    keeper.kind === 'gateway' && typeof answer?.oldestAtMs === 'number' ? [answer.oldestAtMs] : [],
  )
  return {
    hops: answers.flatMap(({ keeper, answer }) => readHops(keeper, answer?.hops)),
    oldestAtMs: oldest.length > 0 ? Math.min(...oldest) : null,
    unread: answers.filter(({ answer }) => !answer).map(({ keeper }) => keeper.id),
  }
}

/** What a process may tell of: its own kind of hops and, for a deployment, its own alone, whatever it says. */
function readHops({ id, kind }: HopKeeper, hops: unknown): KeptHop[] {
  if (!Array.isArray(hops)) return []
  return hops.flatMap((hop) => {
    const { data } = hopSchema.safeParse(hop)
    const isOwn = data && told[kind]?.includes(data.kind) && (kind !== 'service' || servedBy(data) === id)
    return isOwn ? [{ ...data, process: id }] : []
  })
}

function servedBy(hop: Hop): string | undefined {
  return 'deployment' in hop ? hop.deployment : undefined
}
