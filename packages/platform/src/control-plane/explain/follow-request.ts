import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'
import type { KeptHop, KeptHops } from './ask-for-hops.ts'

/** What one request brought about. */
export interface FollowedRequest extends Pick<KeptHops, 'unread'> {
  readonly id: string
  /** Of one tenant, in the order in which they began; the first ones are of the request itself. */
  readonly hops: readonly KeptHop[]
  readonly complete: boolean
}

/** What following a request needs. */
export interface FollowParts {
  /** Asks for hops by their ids; gateways as well, or only the processes behind them. */
  readonly ask: (ids: readonly string[], of: { gateways: boolean }) => Promise<KeptHops>
  /** For how long processes keep them. */
  readonly keep: TenantryConfig['explain']
}

const idsMax = 200
const idsAtOnce = 10
const hopsMax = 1_000

/**
 * Finds what the request with this id brought about, or the only one of a trace: its own hops, and those of the events that were
 * emitted for it, and of the events that were for those. Which belong together is told by transactions, not by the trace, which a
 * client may choose for as many requests as it likes.
 * Rejects with `REQUEST_UNKNOWN` (404) and `TRACE_OF_SEVERAL` (409).
 */
export async function followRequest(id: string, { ask, keep }: FollowParts): Promise<FollowedRequest> {
  const first = await ask([id], { gateways: true })
  if (first.hops.some(({ request }) => request === id)) return followEvents(id, first, ask)
  const [only, ...others] = beginningsOf(first.hops)
  if (only === undefined) throw requestUnknown(keep, first)
  if (others.length > 0) throw traceOfSeveral([only, ...others])
  return followEvents(only, await ask([only], { gateways: true }), ask)
}

async function followEvents(id: string, first: KeptHops, ask: FollowParts['ask']): Promise<FollowedRequest> {
  const own = first.hops.filter(({ request }) => request === id)
  const tenant = tenantOf(own)
  const hops: KeptHop[] = []
  const unread = new Set<string>()
  const known = new Set([id])
  let answer: KeptHops = { ...first, hops: own }
  for (;;) {
    for (const process of answer.unread) unread.add(process)
    // INVARIANT: what is told of a request is of its own tenant, whatever a process says, or another tenant chose as a trace.
    hops.push(...answer.hops.filter((hop) => known.has(hop.request) && hop.tenant === tenant))
    const emitted = hops.flatMap((hop) => (hop.kind === 'emitted' ? [hop.event.id] : []))
    const next = [...new Set(emitted)].filter((event) => !known.has(event)).slice(0, idsAtOnce)
    const complete = next.length === 0
    if (complete || known.size + next.length > idsMax || hops.length >= hopsMax) {
      return { id, hops: hops.sort(byTime).slice(0, hopsMax), complete, unread: [...unread] }
    }
    for (const event of next) known.add(event)
    // No event comes by a gateway.
    answer = await ask(next, { gateways: false })
  }
}

/** The requests of a trace: those that came by a gateway, or where none did, those that no event began. */
function beginningsOf(hops: readonly KeptHop[]): string[] {
  const requestsOf = (some: readonly KeptHop[]) => [...new Set(some.map(({ request }) => request))]
  const received = requestsOf(hops.filter(({ kind }) => kind === 'gateway'))
  if (received.length > 0) return received
  const events = new Set(hops.flatMap((hop) => ('event' in hop && hop.event ? [hop.event.id] : [])))
  return requestsOf(hops).filter((request) => !events.has(request))
}

const trusted: Record<KeptHop['kind'], number> = {
  gateway: 0,
  stored: 1,
  delivered: 1,
  service: 2,
  emitted: 2,
}

/** Whose request it is: what the gateway says goes before what a service says. */
function tenantOf(hops: readonly KeptHop[]): string | undefined {
  return [...hops].sort((one, other) => trusted[one.kind] - trusted[other.kind])[0]?.tenant
}

// A clock of milliseconds gives the same time to what follows each other at once.
function byTime(one: KeptHop, other: KeptHop): number {
  const begun = (hop: KeptHop) => (hop.kind === 'gateway' ? hop.atMs - 1 : hop.atMs)
  return begun(one) - begun(other)
}

function requestUnknown(
  { keep, mebibytesPerProcess }: TenantryConfig['explain'],
  { oldestAtMs, unread }: KeptHops,
): TenantryError {
  const oldest =
    oldestAtMs === null
      ? 'none is there now'
      : `the oldest at the gateway is of ${new Date(oldestAtMs).toISOString()}`
  const missing = unread.length > 0 ? `; not asked, for they do not answer: ${unread.join(', ')}` : ''
  const help =
    mebibytesPerProcess === 0
      ? 'nothing is kept of requests: see `explain` in tenantry.config.ts'
      : `each process keeps the newest ${mebibytesPerProcess} MiB of records, for ${keep} at most and until it ends; ${oldest}${missing}`
  return new TenantryError('REQUEST_UNKNOWN', 'nothing is known of this request any more', {
    status: 404,
    help,
  })
}

function traceOfSeveral(requests: readonly string[]): TenantryError {
  return new TenantryError('TRACE_OF_SEVERAL', 'this is the trace of several requests', {
    status: 409,
    help: `explain one of them: ${requests.slice(0, 10).join(', ')}`,
  })
}
