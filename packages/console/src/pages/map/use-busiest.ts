import { useRef } from 'react'
import type { Snapshot } from '../../api/snapshot.ts'

const everyMs = 10_000
const kept = 50

/** The deployments with most to do, chosen anew every ten seconds alone: a drawing that changes its order is not read. */
export function useBusiest(snapshot: Snapshot | null): readonly string[] {
  const chosen = useRef<{ atMs: number; ids: readonly string[] }>({ atMs: 0, ids: [] })
  if (snapshot && snapshot.atMs - chosen.current.atMs > everyMs) {
    const ids = snapshot.deployments
      .toSorted((a, b) => b.requestsPerSecond - a.requestsPerSecond)
      .slice(0, kept)
      .map(({ id }) => id)
    chosen.current = { atMs: snapshot.atMs, ids }
  }
  return chosen.current.ids
}
