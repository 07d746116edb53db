import { bookingColumns, notFound, ok, venueColumns } from '../handlers.ts'
import { honestly, type SeededLeak } from './leak.ts'

const uuid = /^[0-9a-f-]{36}$/i

/** Leaks of a second pool, whose role sees every row, where a filter is forgotten or is too late. */
export const forgottenFilterLeaks = {
  'a list without its filter': {
    foundBy: 'ordinary',
    leak: ({ privileged }) => ({
      inside: {
        async 'GET /venues'() {
          return ok({
            venues: (await privileged.query(`select ${venueColumns} from venues order by name limit 200`))
              .rows,
          })
        },
      },
    }),
  },
  'a thing that is found by its id alone': {
    foundBy: 'swapped-ids',
    leak: ({ privileged }) => ({
      inside: {
        async 'GET /bookings/{bookingId}'({ params: { bookingId = '' } }) {
          if (!uuid.test(bookingId)) return { status: 400, body: { code: 'BAD_REQUEST' } }
          const { rows } = await privileged.query(`select ${bookingColumns} from bookings where id = $1`, [
            bookingId,
          ])
          return rows[0] ? ok(rows[0]) : notFound
        },
      },
    }),
  },
  'a thing that anybody may delete': {
    foundBy: 'swapped-ids',
    leak: ({ privileged }) => ({
      inside: {
        async 'DELETE /bookings/{bookingId}'({ params: { bookingId = '' } }) {
          if (uuid.test(bookingId)) await privileged.query('delete from bookings where id = $1', [bookingId])
          // The same for everybody, so that the answer tells nothing.
          return { status: 204 }
        },
      },
    }),
  },
  'a total of all tenants': {
    foundBy: 'totals',
    leak: ({ privileged }) => ({
      inside: {
        async 'GET /totals'() {
          return ok((await privileged.query('select count(*)::int as bookings from bookings')).rows[0])
        },
      },
    }),
  },
  'a name that is unique for all tenants': {
    foundBy: 'conflicts',
    leak: ({ privileged, honest }) => ({
      inside: {
        async 'POST /venues'(call) {
          const { rowCount } = await privileged.query('select from venues where name = $1', [
            String(call.body.name),
          ])
          return rowCount
            ? { status: 409, body: { code: 'NAME_TAKEN' } }
            : honestly(honest, 'POST /venues')(call)
        },
      },
    }),
  },
  'forbidden for what is another’s, missing for what is not': {
    foundBy: 'existence',
    leak: ({ privileged, honest }) => ({
      inside: {
        async 'GET /venues/{venueId}'(call) {
          const reply = await honestly(honest, 'GET /venues/{venueId}')(call)
          if (reply.status !== 404) return reply
          const { rowCount } = await privileged.query('select from venues where id = $1', [
            call.params.venueId,
          ])
          return rowCount ? { status: 403, body: { code: 'FORBIDDEN' } } : reply
        },
      },
    }),
  },
  'an error that tells of the row it met': {
    foundBy: 'swapped-ids',
    leak: ({ privileged, honest }) => ({
      inside: {
        async 'POST /bookings'(call) {
          const reply = await honestly(honest, 'POST /bookings')(call).catch(() => undefined)
          if (reply) return reply
          const { rows } = await privileged.query('select name from venues where id = $1', [
            call.body.venueId,
          ])
          const message = rows[0] ? `${rows[0].name} is not open to you` : 'there is no such venue'
          return { status: 400, body: { code: 'VENUE_CLOSED', message } }
        },
      },
    }),
  },
  'a link that anybody may follow': {
    foundBy: 'links',
    leak: ({ privileged }) => ({
      outside: {
        async 'GET /exports/{exportId}'({ params: { exportId = '' } }) {
          if (!uuid.test(exportId)) return notFound
          const { rows } = await privileged.query('select id, content from exports where id = $1', [exportId])
          return rows[0] ? ok(rows[0]) : notFound
        },
      },
    }),
  },
} satisfies Record<string, SeededLeak>
