import type { Adopting, AdoptionFinding } from '@tenantry/isolation'

const placesMax = 1_000
const repeatMs = 60_000

interface Place {
  times: number
  loggedAtMs: number
}

/**
 * Tells, in JSON lines, what an adopted database would have refused or filtered, had it been enforced: each place in the code at
 * first sight, and then with its count once a minute; for tables in mode `warn` every time. A line names no tenant and no value.
 */
export function createAdoptionLog({
  write = (line: string) => console.warn(line),
  now = () => performance.now(),
} = {}): Adopting {
  const places = new Map<string, Place>()

  return {
    report(finding) {
      const { kind, table, callSite, loud } = finding
      const name = [kind, table, callSite].join(' ')
      const place = places.get(name) ?? { times: 0, loggedAtMs: Number.NEGATIVE_INFINITY }
      // The oldest goes first: a place that is still in use comes back.
      if (!places.has(name) && places.size >= placesMax) places.delete(places.keys().next().value ?? '')
      places.set(name, place)
      place.times++
      if (!loud && now() - place.loggedAtMs < repeatMs) return
      place.loggedAtMs = now()
      write(
        JSON.stringify({
          level: 'warn',
          msg: messages[kind],
          kind,
          table,
          call_site: callSite,
          times: place.times,
        }),
      )
    },
  }
}

const messages: Record<AdoptionFinding['kind'], string> = {
  'no-scope': 'a statement outside every request: enforced tables will refuse it',
  'no-key': 'a statement without a lease, because there was no key: enforced tables will refuse it',
  'rows-read': 'rows of another tenant were read: enforced, they will not be there',
  'rows-written': 'rows of another tenant were written: enforced, that will be refused',
}
