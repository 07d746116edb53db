import type { Hop } from '../../api/explanation.ts'

/** One hop in words: `POST /orders → 200`, `delivered order.placed to order.pool: done`. */
export function describeHop(hop: Hop): string {
  const type = hop.event?.type ?? 'an event'
  if (hop.kind === 'emitted') return `emitted ${type}`
  if (hop.kind === 'stored') return `stored ${type} on the bus`
  if (hop.kind === 'delivered') {
    const again = (hop.attempt ?? 1) > 1 ? `, attempt ${hop.attempt}` : ''
    return `delivered ${type} to ${hop.deployment ?? hop.service ?? '?'}: ${hop.outcome ?? '?'}${again}`
  }
  // What a handler calls is of the event, too; the relay alone hands it over.
  const asked =
    hop.event && hop.caller === 'relay' ? `handled ${type}` : `${hop.method ?? ''} ${hop.route ?? ''}`.trim()
  return `${asked} → ${hop.status ?? '?'}`
}

/** Whether it failed, or was refused; empty where it went well. */
export function troubleOf({
  status,
  outcome,
}: Pick<Hop, 'status' | 'outcome'>): '' | 'was-refused' | 'has-failed' {
  if ((status ?? 0) >= 500 || (outcome !== null && outcome !== 'done')) return 'has-failed'
  return (status ?? 0) >= 400 ? 'was-refused' : ''
}

/** All that is known of a hop, by name. */
export function factsOfHop(hop: Hop): readonly (readonly [string, string])[] {
  const facts: [string, string | number | null | undefined][] = [
    ['kind', hop.kind],
    ['told by', hop.process],
    ['request', hop.request],
    ['tenant', hop.tenant && `${hop.tenant}${hop.tier ? ` (${hop.tier})` : ''}`],
    ['service', hop.service],
    ['deployment', hop.deployment],
    ['called by', hop.caller],
    ['method', hop.method],
    ['route', hop.route],
    ['status', hop.status],
    ['code', hop.code],
    ['limit', hop.limit && `${hop.limit.by}, ${hop.limit.max}`],
    ['event', hop.event && `${hop.event.type} ${hop.event.id}`],
    ['attempt', hop.attempt],
    ['outcome', hop.outcome],
  ]
  return facts.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, String(value)]],
  )
}
