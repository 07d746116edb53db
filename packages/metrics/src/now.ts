import type { HrTime } from '@opentelemetry/api'

/** The time as OpenTelemetry's metrics have it: seconds since 1970, and nanoseconds. */
export function now(): HrTime {
  const ms = Date.now()
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000]
}
