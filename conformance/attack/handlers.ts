import { createHash } from 'node:crypto'
import type { Queryable } from 'tenantry/pg'

/** A request to the bookings service. */
export interface Call {
  /** The tenant of the scope; `undefined` where a leak answers before there is one. */
  readonly tenant: string | undefined
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export type Handler = (call: Call) => Promise<Reply>

export const venueColumns = 'id, name, note'
export const bookingColumns = 'id, venue_id as "venueId", guest, seats'
export const notFound: Reply = { status: 404, body: { code: 'NOT_FOUND' } }
export const pageSize = 50

export const ok = (body: unknown): Reply => ({ status: 200, body })

/** The service as it should be: single-tenant code over the leased pool. */
export function createHandlers(db: Queryable): Record<string, Handler> {
  const rows = async (sql: string, values: unknown[] = []) => (await db.query(sql, values)).rows
  const one = async (sql: string, values: unknown[], status = 200): Promise<Reply> => {
    const [row] = await rows(sql, values)
    return row ? { status, body: row } : notFound
  }
  return {
    'GET /venues': async () =>
      ok({ venues: await rows(`select ${venueColumns} from venues order by name limit 50`) }),
    'POST /venues': ({ body }) =>
      one(
        `insert into venues (name, note) values ($1, $2) returning ${venueColumns}`,
        [body.name, body.note ?? ''],
        201,
      ),
    'GET /venues/{venueId}': ({ params }) =>
      one(`select ${venueColumns} from venues where id = $1`, [params.venueId]),
    'PATCH /venues/{venueId}': ({ params, body }) =>
      one(`update venues set note = $2 where id = $1 returning ${venueColumns}`, [params.venueId, body.note]),
    'GET /bookings': async ({ query }) => {
      const sort = query.sort === 'seats' ? 'seats' : 'guest'
      const bookings = await rows(
        `select ${bookingColumns} from bookings where $1::text is null or guest = $1 order by ${sort}, id limit $2 offset $3`,
        [query.guest ?? null, pageSize, readCursor(query.cursor)],
      )
      return ok({ bookings, cursor: writeCursor(readCursor(query.cursor) + pageSize) })
    },
    'POST /bookings': ({ body }) =>
      one(
        `insert into bookings (venue_id, guest, seats) values ($1, $2, $3) returning ${bookingColumns}`,
        [body.venueId, body.guest, body.seats],
        201,
      ),
    'GET /bookings/{bookingId}': ({ params }) =>
      one(`select ${bookingColumns} from bookings where id = $1`, [params.bookingId]),
    'DELETE /bookings/{bookingId}': async ({ params }) => {
      const { rowCount } = await db.query('delete from bookings where id = $1', [params.bookingId])
      return rowCount === 1 ? { status: 204 } : notFound
    },
    'GET /totals': () => one('select count(*)::int as bookings from bookings', []),
    'POST /exports': async () => {
      const guests = await rows('select guest from bookings order by guest limit 20')
      const [made] = await rows('insert into exports (content) values ($1) returning id', [
        JSON.stringify(guests),
      ])
      return { status: 201, body: { id: made?.id, link: `/exports/${made?.id}` } }
    },
    'GET /exports/{exportId}': ({ params }) =>
      one('select id, content from exports where id = $1', [params.exportId]),
    'POST /partner-events': ({ body }) =>
      one(
        `insert into venues (name) values ($1) returning ${venueColumns}`,
        [(body.data as { name?: string })?.name],
        202,
      ),
  }
}

export const etagOf = (body: unknown) =>
  `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 16)}"`

export const writeCursor = (offset: number) => Buffer.from(String(offset)).toString('base64url')

export function readCursor(cursor = ''): number {
  const offset = Number(Buffer.from(cursor, 'base64url').toString() || 0)
  return Number.isSafeInteger(offset) && offset >= 0 ? offset : 0
}
