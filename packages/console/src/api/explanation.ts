import { ask } from './ask.ts'
import { flag, list, names, nullable, number, object, type Read, type Reader, text, word } from './read.ts'

const limit = object({ by: word('rate', 'concurrency'), max: number })
const event = object({ id: text, type: text })

const hop = object({
  kind: word('gateway', 'service', 'emitted', 'stored', 'delivered'),
  process: text,
  request: text,
  atMs: number,
  offsetMs: number,
  ms: number,
  tenant: nullable(text),
  tier: nullable(text),
  method: nullable(text),
  route: nullable(text),
  status: nullable(number),
  code: nullable(text),
  caller: nullable(text),
  service: nullable(text),
  deployment: nullable(text),
  event: nullable(event),
  attempt: nullable(number),
  outcome: nullable(text),
  limit: nullable(limit),
})

/** One step of a request's way, by whom it was kept. */
export type Hop = Read<typeof hop>

// A claim's name, or its path as a list.
const claim: Reader<string> = (value, path) =>
  Array.isArray(value) ? list(text)(value, path).join('.') : text(value, path)

const explanation = object({
  request: text,
  trace: nullable(text),
  at: text,
  ms: number,
  asked: nullable(object({ method: text, route: nullable(text), ingress: nullable(text) })),
  status: nullable(number),
  identity: nullable(
    object({
      resolvedBy: list(text),
      addressed: nullable(text),
      issuer: nullable(text),
      claims: nullable(names(claim)),
    }),
  ),
  tenant: nullable(object({ id: text, tier: nullable(text) })),
  placement: nullable(
    object({ service: text, deployment: text, kind: word('pool', 'silo'), routedBy: text, placedBy: text }),
  ),
  refusal: nullable(
    object({
      by: text,
      status: number,
      code: nullable(text),
      limit: nullable(limit),
      setting: nullable(text),
    }),
  ),
  hops: list(hop),
  complete: flag,
  unread: list(text),
})

/** Why a request, or an event's handling, went as it did. */
export type Explanation = Read<typeof explanation>

/** By a request's id, an event's, or a trace's. */
export function explain(id: string, signal: AbortSignal): Promise<Explanation> {
  return ask(`/explain/${encodeURIComponent(id)}`, explanation, { signal })
}
