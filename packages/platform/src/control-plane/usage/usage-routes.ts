import { Readable } from 'node:stream'
import { TenantryError } from '@tenantry/context'
import { hourSeconds, usageBasis } from '@tenantry/metrics'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { LiveReaders } from './live-readers.ts'
import { readUsageQuery, timeOf } from './read-usage-query.ts'
import { usageCloudEvents } from './usage-cloudevents.ts'
import { usageCsv } from './usage-csv.ts'
import type { UsageOf, UsageStore } from './usage-store.ts'

/** What telling of usage needs. */
export interface UsageRouteParts {
  readonly store: Pick<UsageStore, 'read'>
  readonly live: Pick<LiveReaders, 'add' | 'requirePlace'>
  /** Whose the events of an export are. */
  readonly trustDomain: string
}

/** What each tenant used, as `GET /usage` answers. */
export interface UsageAnswer {
  readonly from: string
  readonly to: string
  readonly basis: typeof usageBasis
  readonly rows: readonly UsageOf[]
}

const rowsMax = 100_000
const pieceLength = 64 * 1024

/**
 * `GET /usage`, `/usage.csv` and `/usage.cloudevents` tell what each tenant used in whole hours, by service and deployment; `GET /live`
 * what happens now. They refuse with `USAGE_QUERY_INVALID` (400), `USAGE_TOO_MUCH` (400) and `LIVE_FULL` (503).
 */
export function addUsageRoutes(app: FastifyInstance, { store, live, trustDomain }: UsageRouteParts): void {
  app.get('/usage', async ({ query }): Promise<UsageAnswer> => {
    const asked = readUsageQuery(query)
    const rows: UsageOf[] = []
    for await (const row of store.read(asked)) if (rows.push(row) > rowsMax) throw tooMuch()
    return { from: timeOf(asked.fromS), to: timeOf(asked.toS), basis: usageBasis, rows }
  })
  app.get('/usage.csv', ({ query }, reply) =>
    send(reply, 'text/csv; charset=utf-8; header=present', usageCsv(store.read(readUsageQuery(query)))),
  )
  app.get('/usage.cloudevents', ({ query }, reply) => {
    const asked = readUsageQuery(query)
    // What is not over would be another event later.
    const overS = Math.floor(Date.now() / 1000 / hourSeconds) * hourSeconds
    const hours = store.read({ ...asked, toS: Math.min(asked.toS, overS), by: 'hour' })
    return send(reply, 'application/x-ndjson', usageCloudEvents(hours, trustDomain))
  })
  // A reader that asks for the head alone would never go.
  app.get('/live', { exposeHeadRoute: false }, (_request, reply) => {
    live.requirePlace()
    reply.hijack()
    live.add(reply.raw)
  })
}

function send(reply: FastifyReply, type: string, lines: AsyncIterable<string>): FastifyReply {
  return reply.type(type).send(Readable.from(together(lines)))
}

/** Many lines at a time: each piece that is sent costs more than its line. */
async function* together(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let text = ''
  for await (const line of lines) {
    text += line
    if (text.length < pieceLength) continue
    yield text
    text = ''
  }
  yield text
}

function tooMuch(): TenantryError {
  return new TenantryError('USAGE_TOO_MUCH', `that is more than ${rowsMax} rows`, {
    status: 400,
    help: 'ask for fewer hours, for one tenant, or `by=total`; `usage.csv` and `usage.cloudevents` have no bound',
  })
}
