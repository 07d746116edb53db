import { wordOf } from './redis-command.ts'
import { refuse } from './redis-refused.ts'

/** Where some keys of a command are, in the terms of Redis's key specifications; positions count the command's name. */
export interface KeySpecification {
  readonly begin: { readonly index: number } | { readonly keyword: string; readonly from: number }
  readonly find:
    | { readonly last: number; readonly step: number; readonly limit: number }
    | { readonly numberAt: number; readonly first: number; readonly step: number }
}

/** Reads one specification; undefined where it does not say where all keys are, or speaks of something else than keys. */
export function readKeySpecification(answer: unknown): KeySpecification | undefined {
  const { flags, begin_search, find_keys } = toRecord(answer)
  if (!Array.isArray(flags) || flags.includes('incomplete') || flags.includes('not_key')) return undefined
  const begin = toRecord(begin_search)
  const find = toRecord(find_keys)
  const beginAt = toRecord(begin.spec)
  const findIn = toRecord(find.spec)
  const from = Number(beginAt.startfrom)
  const found =
    find.type === 'range'
      ? { last: Number(findIn.lastkey), step: Number(findIn.keystep), limit: Number(findIn.limit) }
      : find.type === 'keynum' && {
          numberAt: Number(findIn.keynumidx),
          first: Number(findIn.firstkey),
          step: Number(findIn.keystep),
        }
  if (!found) return undefined
  if (begin.type === 'index') return { begin: { index: Number(beginAt.index) }, find: found }
  if (begin.type !== 'keyword' || from < 1) return undefined
  return { begin: { keyword: wordOf(String(beginAt.keyword)), from }, find: found }
}

/**
 * The positions in `args` of the keys that a specification names. Throws `REDIS_REFUSED` where another reading is
 * possible: a keyword that comes twice, a number that is none.
 */
export function findKeys(
  name: string,
  { begin, find }: KeySpecification,
  args: readonly (string | Buffer)[],
): number[] {
  const count = args.length + 1
  let first: number
  if ('index' in begin) first = begin.index
  else {
    const at = args.flatMap((arg, index) =>
      index + 1 >= begin.from && wordOf(arg) === begin.keyword ? [index + 1] : [],
    )
    // INVARIANT: Redis's parser and its specification may each take another one; no key is left to that.
    if (at.length > 1) {
      throw refuse(name, `has \`${begin.keyword}\` twice`, 'give the key, group or consumer another name')
    }
    if (at[0] === undefined) return []
    first = at[0] + 1
  }
  let last: number
  if ('last' in find) {
    const share = find.limit > 1 ? Math.floor((count - first) / find.limit) : count - first
    last = first + (find.last >= 0 ? find.last : share + find.last)
  } else {
    const number = wordOf(args[first + find.numberAt - 1])
    if (!/^(0|[1-9]\d{0,8})$/.test(number)) {
      throw refuse(name, 'does not say how many keys it has', 'give the number of keys in front of them')
    }
    first += find.first
    last = first + (Number(number) - 1) * find.step
  }
  const positions: number[] = []
  for (let at = first; at <= Math.min(last, count - 1); at += find.step) positions.push(at - 1)
  return positions
}

/** A map as Redis answers it through the driver: names and values in turn. */
function toRecord(answer: unknown): Record<string, unknown> {
  if (!Array.isArray(answer)) return {}
  const record: Record<string, unknown> = {}
  for (let at = 0; at + 1 < answer.length; at += 2) record[String(answer[at])] = answer[at + 1]
  return record
}
