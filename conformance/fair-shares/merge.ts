import type { Served } from './senders.ts'

/** What became of the requests of several senders. */
export function merge(all: readonly Served[]): Served {
  const statuses = new Map<number, number>()
  for (const served of all)
    for (const [status, count] of served.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count)
  return { statuses, ms: all.flatMap(({ ms }) => ms) }
}
