import { ask } from './ask.ts'
import { flag, list, missing, nullable, number, object, type Read, text, word } from './read.ts'

const finding = object({
  name: text,
  severity: word('hole', 'weaker'),
  object: text,
  detail: text,
  mend: text,
})

const placement = object({
  database: text,
  tenant: nullable(text),
  audit: nullable(
    object({
      serverVersion: text,
      tables: object({ protected: number, shared: number }),
      enforced: list(object({ name: text, fact: text })),
      findings: list(finding),
    }),
  ),
  failure: nullable(object({ code: text, message: text, help: missing(text, '') })),
  adopted: missing(flag, false),
})

/** One place where something does not hold, with the next step. */
export type Finding = Read<typeof finding>
/** What isolation is worth in one placement's database. */
export type PlacementAudit = Read<typeof placement>

const answer = object({ placements: list(placement) })

export async function readAudit(signal: AbortSignal): Promise<readonly PlacementAudit[]> {
  return (await ask('/audit', answer, { signal })).placements
}
