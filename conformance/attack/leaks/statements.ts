import { bookingColumns, ok, pageSize } from '../handlers.ts'
import { honestly, type SeededLeak } from './leak.ts'

/** Leaks of statements that are put together from what a caller says, and of what they leave on a connection. */
export const statementLeaks = {
  'a search that is part of the statement': {
    foundBy: 'sql-injection',
    leak: ({ privileged }) => ({
      inside: {
        async 'GET /bookings'({ tenant, query: { guest } }) {
          const search = guest === undefined ? '' : `and guest = '${guest}'`
          const sql = `select ${bookingColumns} from bookings where tenantry_tenant = '${tenant}' ${search}`
          return ok({ bookings: (await privileged.query(`${sql} order by guest limit ${pageSize}`)).rows })
        },
      },
    }),
  },
  'an order that is part of the statement, and errors as they come': {
    foundBy: 'sql-injection',
    leak: ({ privileged }) => ({
      inside: {
        async 'GET /bookings'({ tenant, query: { guest = null, sort = 'guest' } }) {
          const sql = `select ${bookingColumns} from bookings where tenantry_tenant = $1
            and ($2::text is null or guest = $2) order by ${sort} limit ${pageSize}`
          try {
            return ok({ bookings: (await privileged.query(sql, [tenant, guest])).rows })
          } catch (error) {
            return { status: 400, body: { code: 'BAD_REQUEST', message: (error as Error).message } }
          }
        },
      },
    }),
  },
  'a setting that stays on the connection': {
    foundBy: 'ordinary',
    leak: ({ privileged, honest }) => ({
      inside: {
        async 'POST /bookings'(call) {
          // As it is often written: for the session, and with nothing that takes it back.
          await privileged.query(`select set_config('app.tenant', $1, false)`, [call.tenant])
          return honestly(honest, 'POST /bookings')(call)
        },
        async 'GET /bookings'() {
          const sql = `select ${bookingColumns} from bookings where tenantry_tenant = current_setting('app.tenant', true)`
          return ok({ bookings: (await privileged.query(`${sql} order by guest limit ${pageSize}`)).rows })
        },
      },
    }),
  },
} satisfies Record<string, SeededLeak>
