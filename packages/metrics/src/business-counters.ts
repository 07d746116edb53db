import { TenantryError } from '@tenantry/context'
import type { Counted, CounterSeries } from './counter-series.ts'
import type { TenantLabel } from './tenant-labels.ts'

const attributesMax = 5
// So that a name made of what a client sends ends in an error and not in memory.
const countersMax = 500
const name = /^[a-z][a-z0-9_.]{0,62}$/
const value = /^[\w.-]{1,64}$/
// What the platform measures itself, and the labels that Prometheus and we give every series.
const ownNames = /^(http|tenantry|otel|target)(_|$)/
const ownLabels = /^((tenant|tenantry|service|http|otel|exported)(_|$)|(le|quantile|job|instance)$)/

/** The counters that a service names itself, each made at its first use. */
export class BusinessCounters {
  readonly #series: CounterSeries
  readonly #counters = new Map<string, Counted>()

  constructor(series: CounterSeries) {
    this.#series = series
  }

  /**
   * Adds to a counter, under a tenant's label. Throws `METRIC_INVALID` for a name, amount or attribute that would not stay bounded, or that
   * says what only the platform may say.
   */
  add(
    counter: string,
    label: TenantLabel,
    { amount, attributes }: { amount: number; attributes: Record<string, string> },
  ): void {
    requireBounded(counter, amount, attributes)
    this.#series.add(this.#require(counter), label, { amount, attributes })
  }

  // `a.b`, `a_b` and `a.b.total` are one family in Prometheus' format, so they are one counter here.
  #require(counter: string): Counted {
    const family = readLabel(counter).replace(/_total$/, '')
    const known = this.#counters.get(family)
    if (known) return known
    if (this.#counters.size >= countersMax) throw invalid(counter, `being the ${countersMax + 1}st`)
    const made = { name: counter, description: '' }
    this.#counters.set(family, made)
    return made
  }
}

// INVARIANT: metrics never name another tenant. `tenant_id` and `tenant.id` are one label on the page, and a page on
// which one label stands twice is read by nobody.
function requireBounded(counter: string, amount: number, attributes: Record<string, string>): void {
  const keys = Object.keys(attributes)
  const labels = new Set(keys.map(readLabel))
  if (!name.test(counter) || ownNames.test(readLabel(counter))) throw invalid(counter, 'its name')
  if (!Number.isFinite(amount) || amount < 0) throw invalid(counter, 'its amount')
  if (keys.length > attributesMax || labels.size < keys.length) throw invalid(counter, 'its attributes')
  for (const [key, given] of Object.entries(attributes)) {
    if (!name.test(key) || ownLabels.test(readLabel(key)) || !value.test(given))
      throw invalid(counter, 'an attribute')
  }
}

/** What a name becomes in Prometheus' format. */
function readLabel(text: string): string {
  return text.replaceAll('.', '_')
}

function invalid(counter: string, what: string): TenantryError {
  return new TenantryError('METRIC_INVALID', `metric \`${counter.slice(0, 63)}\` is refused for ${what}`, {
    help:
      'use lowercase dotted names of your own (not `http.`, `tenant.`, `tenantry.`, `service.`), finite amounts from 0, ' +
      'and at most 5 attributes with values of a small fixed set',
  })
}
