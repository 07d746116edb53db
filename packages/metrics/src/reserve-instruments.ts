import { createNoopMeter, type Meter, type MeterProvider } from '@opentelemetry/api'
import { prometheusLabel } from './prometheus-names.ts'

/** What the platform measures itself, an instrumentation of HTTP that a service brings along would count a second time. */
const reserved = /^(tenantry(_|$)|http_server_(request_duration|active_requests)(_|$))/

/** The same provider, whose meters make no instruments by the platform's own names: what is added to those is told of nowhere. */
export function reserveInstruments(provider: MeterProvider): MeterProvider {
  const nothing = createNoopMeter()
  return {
    getMeter(...named) {
      const meter = provider.getMeter(...named)
      return new Proxy(meter, {
        get(target, key) {
          const made = Reflect.get(target, key)
          if (typeof made !== 'function') return made
          if (typeof key !== 'string' || !key.startsWith('create')) return made.bind(target)
          return (name: string, ...rest: unknown[]) => {
            const from = reserved.test(prometheusLabel(String(name)).toLowerCase()) ? nothing : target
            return Reflect.apply(Reflect.get(from, key as keyof Meter), from, [name, ...rest])
          }
        },
      })
    },
  }
}
