import type { Hop } from '../../api/explanation.ts'

type Linked = Pick<Hop, 'kind' | 'process' | 'request' | 'caller' | 'event'>

/** How deep each hop lies below the one that brought it about; 0 for what came from outside, or from nobody knows where. */
export function indentHops(hops: readonly Linked[]): readonly number[] {
  const depths: number[] = []
  for (const [at, hop] of hops.entries()) {
    const parent = parentOf(hop, hops.slice(0, at))
    depths.push(parent === -1 ? 0 : (depths[parent] ?? 0) + 1)
  }
  return depths
}

// Among those that began before; the last of them that fits is the one.
function parentOf(hop: Linked, before: readonly Linked[]): number {
  const last = (fits: (one: Linked) => boolean) => before.findLastIndex(fits)
  const isWork = ({ kind, request }: Linked) =>
    (kind === 'service' || kind === 'gateway') && request === hop.request
  if (hop.kind === 'emitted') return last((one) => isWork(one) && one.process === hop.process)
  if (hop.kind === 'stored' || hop.kind === 'delivered') {
    return last(({ kind, event }) => kind === 'emitted' && event?.id === hop.event?.id)
  }
  if (hop.kind === 'service' && hop.event && hop.caller === 'relay') {
    const delivery = last(({ kind, event }) => kind === 'delivered' && event?.id === hop.event?.id)
    if (delivery !== -1) return delivery
  }
  return hop.caller === null ? -1 : last((one) => isWork(one) && one.process === hop.caller)
}
