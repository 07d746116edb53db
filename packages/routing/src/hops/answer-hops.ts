import type { HopAnswer } from './hop.ts'
import { type HopLog, newestMax } from './hop-log.ts'

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
  const { pathname, searchParams } = URL.parse(url, 'http://process') ?? {}
  if (!hops || !searchParams?.size) return undefined
  if (pathname === hopsPath) return hops.find(searchParams.getAll('id'))
  if (pathname !== newestPath) return undefined
  const limit = Number(searchParams.get('limit'))
  return hops.newest({
    tenant: searchParams.get('tenant') ?? undefined,
    limit: Number.isInteger(limit) && limit > 0 ? limit : newestMax,
  })
}
