import type { EventLine, NamedEvents } from '../../api/events.ts'

type Named = Pick<EventLine, 'id' | 'tenant' | 'service'>

/** What tells one event with one subscriber from all others. */
export function keyOfEvent({ id, tenant, service }: Named): string {
  return [id, tenant, service ?? ''].join(' ')
}

/** What is operated together: an id is one event with one subscriber only beside its tenant and service. */
export function groupEvents(events: readonly Named[]): readonly Omit<NamedEvents, 'operator'>[] {
  const groups = new Map<string, { ids: string[]; tenant: string; service?: string }>()
  for (const { id, tenant, service } of events) {
    const key = `${tenant} ${service ?? ''}`
    const group = groups.get(key) ?? { ids: [], tenant, ...(service !== null && { service }) }
    group.ids.push(id)
    groups.set(key, group)
  }
  return [...groups.values()]
}
