import type { Adopting, AdoptionFinding } from '@tenantry/isolation'

/** A request that was let in without a tenant. */
export interface OverlookedRequest {
  /** The code that it will be refused with. */
  readonly code: string
  /** True in mode `warn`. */
  readonly loud: boolean
  /** Method and the route's pattern. */
  readonly route: string
}

/** Where everything is told that an adopted database, once enforced, will refuse or filter. */
export interface AdoptionLog extends Adopting {
  reportRequest(request: OverlookedRequest): void
}

const placesMax = 1_000
const repeatMs = 60_000

interface Place {
  times: number
  loggedAtMs: number
}

/**
 * Tells, in JSON lines, what an adopted database would have refused or filtered, had it been enforced: each place in the code at
 * first sight, and then with its count once a minute; in mode `warn` every time. A line names no tenant and no value. `count` is
 * told of every one.
 */
export function createAdoptionLog({
  write = (line: string) => console.warn(line),
  now = () => performance.now(),
  count = (_kind: string, _table: string | undefined) => {},
} = {}): AdoptionLog {
  const places = new Map<string, Place>()

  function tell(kind: keyof typeof messages, loud: boolean, about: Record<string, string | undefined>): void {
    count(kind, about.table)
    const name = [kind, ...Object.values(about)].join(' ')
    const place = places.get(name) ?? { times: 0, loggedAtMs: Number.NEGATIVE_INFINITY }
    // The oldest goes first: a place that is still in use comes back.
    if (!places.has(name) && places.size >= placesMax) places.delete(places.keys().next().value ?? '')
    places.set(name, place)
    place.times++
    if (!loud && now() - place.loggedAtMs < repeatMs) return
    place.loggedAtMs = now()
    write(JSON.stringify({ level: 'warn', msg: messages[kind], kind, ...about, times: place.times }))
  }

  return {
    report: ({ kind, table, callSite, loud }) => tell(kind, loud, { table, call_site: callSite }),
    reportRequest: ({ code, route, loud }) => tell('no-tenant', loud, { code, route }),
  }
}

const messages: Record<AdoptionFinding['kind'] | 'no-tenant', string> = {
  'no-tenant': 'a request that is for no tenant: enforced, it will be refused',
  'no-scope': 'a statement outside every request: enforced tables will refuse it',
  'no-key': 'a statement without a lease, because there was no key: enforced tables will refuse it',
  'rows-read': 'rows of another tenant were read: enforced, they will not be there',
  'rows-written': 'rows of another tenant were written: enforced, that will be refused',
}
