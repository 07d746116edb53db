import type { HopAnswer } from './hop.ts'
import type { HopLog } from './hop-log.ts'

/** Where a process answers operators about its hops. */
const hopsPath = '/hops'

/** Writes which ids are asked for; `answerHops` reads it. */
export function hopsQuery(ids: readonly string[]): string {
  return `${hopsPath}?${new URLSearchParams(ids.map((id): [string, string] => ['id', id]))}`
}

/** What `hops` has of the ids that `url` asks for; `undefined` for a URL that asks for something else. */
export function answerHops(hops: HopLog | undefined, url = ''): HopAnswer | undefined {
  if (!hops || !url.startsWith(`${hopsPath}?`)) return undefined
  return hops.find(new URLSearchParams(url.slice(hopsPath.length)).getAll('id'))
}
