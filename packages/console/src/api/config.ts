import { ask } from './ask.ts'
import { list, missing, names, nullable, number, object, type Read, type Reader, text } from './read.ts'
import { placementKind } from './tenants.ts'

// One word for all services, or one for each with `*` for the rest.
const placement: Reader<Readonly<Record<string, 'pool' | 'silo'>>> = (value, path) =>
  typeof value === 'string' ? { '*': placementKind(value, path) } : names(placementKind)(value, path)

const tier = object({
  placement,
  limits: object({
    requestsPerSecond: nullable(number),
    burst: nullable(number),
    concurrency: nullable(number),
    weight: missing(number, 1),
  }),
})

const service = object({
  routes: missing(list(text), []),
  calls: missing(list(text), []),
  subscribes: missing(list(text), []),
})

const answer = object({ config: object({ tiers: names(tier), services: names(service) }) })

/** What the console reads of the configuration in force. */
export type Config = Read<typeof answer>['config']
/** One tier's declaration. */
export type Tier = Config['tiers'][string]

export async function readConfig(signal: AbortSignal): Promise<Config> {
  return (await ask('/config', answer, { signal })).config
}
