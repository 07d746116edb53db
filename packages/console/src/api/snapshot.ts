import { list, missing, nullable, number, object, type Read, text, word } from './read.ts'

const fields = {
  requestsPerSecond: number,
  errorsPerSecond: number,
  limitedPerSecond: number,
  p50Ms: nullable(number),
  p95Ms: nullable(number),
  cpuCores: number,
  databaseMsPerSecond: number,
  eventsPerSecond: number,
}
const figures = object(fields)

/** What went on in one second. The p's are null where there was no request. */
export type Figures = Read<typeof figures>

const point = object({ atMs: number, total: figures })

/** One second of everything together. */
export type Point = Read<typeof point>

/** What the live stream begins with. */
export const readHistory = object({ points: list(point) })

/** What it goes on with, once a second. */
export const readSnapshot = object({
  atMs: number,
  total: figures,
  tenants: list(object({ id: text, tier: nullable(text), ...fields })),
  tenantsActive: number,
  deployments: list(object({ id: text, service: nullable(text), ...fields })),
  calls: list(object({ from: text, to: text, perSecond: number })),
  loud: missing(
    list(
      object({
        tenant: text,
        tier: nullable(text),
        what: word('requests', 'connections', 'cpu', 'events'),
        share: number,
        fair: number,
      }),
    ),
    [],
  ),
})

export type Snapshot = Read<typeof readSnapshot>
export type LiveTenant = Snapshot['tenants'][number]
export type Loud = Snapshot['loud'][number]
export type Call = Snapshot['calls'][number]
