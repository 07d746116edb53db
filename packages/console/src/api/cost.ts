import { ask, queryOf } from './ask.ts'
import { list, missing, names, nullable, number, object, type Read, text } from './read.ts'

const answer = object({
  currency: text,
  total: number,
  method: missing(text, ''),
  rows: list(
    object({
      tenant: text,
      tier: nullable(text),
      service: nullable(text),
      placement: nullable(text),
      cost: number,
      parts: missing(names(number), {}),
    }),
  ),
})

/** What was spent for whom, and by which method that was told. */
export type Cost = Read<typeof answer>

export function readCost(query: { from?: string; to?: string }, signal: AbortSignal): Promise<Cost> {
  return ask(`/cost${queryOf(query)}`, answer, { signal })
}
