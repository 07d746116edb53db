import type { Attributes } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { readContext, type Tenant } from '@tenantry/context'
import type { TenantLabel } from './tenant-labels.ts'

const ownNames = /^(tenant|tenantry|service)([._]|$)/
const boundText = /^[\w .:/{}-]{1,64}$/
/** What stands for a value that could be anything: a client may have chosen it. */
const unbound = '_unbounded'

/**
 * Gives every instrument's attributes those of the process, and of the tenant in whose scope it is used. What a service sets itself is
 * kept where it is short and plain, and never says who it is for.
 */
export class ScopeAttributes implements IAttributesProcessor {
  readonly #own: Attributes
  readonly #labelOf: (tenant: Tenant | undefined) => TenantLabel
  readonly #platform = new WeakSet<Attributes>()

  constructor(own: Attributes, labelOf: (tenant: Tenant | undefined) => TenantLabel) {
    this.#own = own
    this.#labelOf = labelOf
  }

  /** Attributes of the platform's own, for `tenant`: they are taken as they are. */
  of(tenant: Tenant | undefined, attributes: Attributes): Attributes {
    const whole = { ...this.#own, ...this.#labelOf(tenant), ...attributes }
    this.#platform.add(whole)
    return whole
  }

  // INVARIANT: metrics never name another tenant. Only a scope says whose they are.
  process(incoming: Attributes): Attributes {
    if (this.#platform.has(incoming)) return incoming
    const kept: Attributes = { ...this.#own, ...this.#labelOf(readContext()?.tenant) }
    for (const [name, value] of Object.entries(incoming)) {
      if (ownNames.test(name)) continue
      kept[name] = typeof value === 'string' && !boundText.test(value) ? unbound : value
    }
    return kept
  }
}
