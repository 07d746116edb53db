import type { Tier } from '../../api/config.ts'

/** Where a tier puts its tenants, in words: `fulfillment and invoice in a silo of its own, the rest in the pool`. */
export function describePlacement({ placement }: Pick<Tier, 'placement'>): string {
  const { '*': rest, ...named } = placement
  const of = (wanted: string) =>
    Object.entries(named).flatMap(([service, kind]) => (kind === wanted ? [service] : []))
  const [pooled, own] = [of('pool'), of('silo')]
  if (rest === 'silo') {
    return pooled.length > 0
      ? `all but ${listed(pooled)} in a silo of its own`
      : 'everything in a silo of its own'
  }
  return own.length > 0
    ? `${listed(own)} in a silo of its own, the rest in the pool`
    : 'everything in the pool'
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
