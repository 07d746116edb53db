import type { HopAnswer } from './hop.ts'
import type { HopLog } from './hop-log.ts'

/** Where a process answers operators about its hops. */
const hopsPath = '/hops'
const newestPath = '/hops/newest'

/** Writes which ids are asked for; `answerHops` reads it. */
export function hopsQuery(ids: readonly string[]): string {
  return `${hopsPath}?${new URLSearchParams(ids.map((id): [string, string] => ['id', id]))}`
}

/** Asks for the newest `limit` hops, of one tenant or of all; `answerHops` reads it. */
export function newestHopsQuery({ tenant, limit }: { tenant?: string | undefined; limit: number }): string {
  return `${newestPath}?${new URLSearchParams({ limit: String(limit), ...(tenant !== undefined && { tenant }) })}`
}

/** What `hops` has of what `url` asks for; `undefined` for a URL that asks for something else. */
export function answerHops(hops: HopLog | undefined, url = ''): HopAnswer | undefined {
  if (!hops) return undefined
  if (url.startsWith(`${hopsPath}?`)) return hops.find(queryOf(url).getAll('id'))
  if (!url.startsWith(`${newestPath}?`)) return undefined
  const query = queryOf(url)
  return hops.newest({ tenant: query.get('tenant') ?? undefined, limit: Number(query.get('limit')) })
}

function queryOf(url: string): URLSearchParams {
  return new URLSearchParams(url.slice(url.indexOf('?')))
}
