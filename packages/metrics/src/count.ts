import { metrics } from '@opentelemetry/api'
import { requireContext } from '@tenantry/context'
import type { Meters } from './meters.ts'

let current: Meters | undefined

/**
 * Makes `meters` those of this process, which `count` adds to, and OpenTelemetry's API too, unless the service has a provider of its own
 * there: then its instruments are its own business.
 */
export function useMeters(meters: Meters): void {
  current = meters
  metrics.setGlobalMeterProvider(meters.provider)
}

/**
 * Counts something that the business knows, such as `count('order.created')`, for the tenant of the scope.
 * Throws `CONTEXT_MISSING` outside a scope, `METRIC_INVALID` for a name, amount or attribute that would not stay
 * bounded or that is the platform's own. Before `useMeters` nothing is counted, so that a unit test needs no platform.
 */
export function count(name: string, amount = 1, attributes: Record<string, string> = {}): void {
  requireContext()
  current?.count(name, amount, attributes)
}
