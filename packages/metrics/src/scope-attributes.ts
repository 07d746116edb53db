import type { Attributes } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { readContext, type Tenant } from '@tenantry/context'
import { prometheusLabel } from './prometheus-names.ts'
import { overflow } from './request-series.ts'
import type { TenantLabel } from './tenant-labels.ts'

/** What only the platform says, and the labels that Prometheus gives a series itself. */
const ownLabels = /^_|^(tenant|tenantry|service|otel|exported)(_|$)|^(le|quantile|job|instance)$/i
const label = /^[A-Za-z]\w{0,63}$/
/** How many attributes of its own an instrument is told by. */
const attributesMax = 16
/** How many combinations of attributes there may be in a process, those of tenants that lost their place included. */
const setsMax = 10_000
const boundText = /^[\w .:/{}-]{1,64}$/
/** What stands for a value that could be anything: a client may have chosen it. */
export const unbound = '_unbounded'

/**
 * Gives every instrument's attributes those of the process, and of the tenant in whose scope it is used. What a service sets itself is
 * kept where it is short and plain, and never says who it is for. What the platform says, and what would be no label or one twice, is left out.
 */
export class ScopeAttributes implements IAttributesProcessor {
  readonly #own: Attributes
  readonly #labelOf: (tenant: Tenant | undefined) => TenantLabel
  readonly #platform = new WeakSet<Attributes>()
  readonly #seen = new Set<string>()

  constructor(own: Attributes, labelOf: (tenant: Tenant | undefined) => TenantLabel) {
    this.#own = own
    this.#labelOf = labelOf
  }

  /** Attributes of the platform's own, for `tenant`: they are taken as they are. */
  of(tenant: Tenant | undefined, attributes: Attributes): Attributes {
    const whole = this.#bound({ ...this.#own, ...this.#labelOf(tenant), ...attributes })
    this.#platform.add(whole)
    return whole
  }

  // INVARIANT: metrics never name another tenant. Only a scope says whose they are. `tenant.id`, `tenant-id` and `tenant_id` are one label on
  // the page, and a page on which a label stands twice, or is none, is read by nobody.
  process(incoming: Attributes): Attributes {
    if (this.#platform.has(incoming)) return incoming
    const kept: Attributes = { ...this.#own, ...this.#labelOf(readContext()?.tenant) }
    const labels = new Set<string>()
    for (const [name, value] of Object.entries(incoming)) {
      const shown = prometheusLabel(name)
      if (labels.size >= attributesMax) break
      if (ownLabels.test(shown) || !label.test(shown) || labels.has(shown)) continue
      labels.add(shown)
      const isBound = typeof value === 'string' ? boundText.test(value) : typeof value !== 'object'
      kept[name] = isBound ? value : unbound
    }
    return this.#bound(kept)
  }

  // The SDK's own limit is one for each reading: what it adds up for all of them grows with whatever comes.
  #bound(attributes: Attributes): Attributes {
    const key = Object.entries(attributes).join('\n')
    if (this.#seen.has(key)) return attributes
    if (this.#seen.size >= setsMax) return { ...this.#own, ...overflow }
    this.#seen.add(key)
    return attributes
  }
}
