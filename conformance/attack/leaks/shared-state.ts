import { setImmediate } from 'node:timers/promises'
import { bookingColumns, etagOf, notFound, ok, type Reply } from '../handlers.ts'
import { honestly, type SeededLeak } from './leak.ts'

/** Leaks of what a process keeps between requests. */
export const sharedStateLeaks = {
  'a cache keyed without the tenant': {
    foundBy: 'ordinary',
    leak: ({ honest }) => {
      const cache = new Map<string, Reply>()
      const list = honestly(honest, 'GET /bookings')
      return {
        inside: {
          async 'GET /bookings'(call) {
            const key = JSON.stringify(call.query)
            const reply = cache.get(key) ?? (await list(call))
            cache.set(key, reply)
            return reply
          },
        },
      }
    },
  },
  'the last result in a module variable': {
    foundBy: 'interleavings',
    leak: ({ honest }) => {
      let last: Reply = notFound
      const list = honestly(honest, 'GET /venues')
      return {
        inside: {
          async 'GET /venues'(call) {
            last = await list(call)
            await setImmediate()
            return last
          },
        },
      }
    },
  },
  'an idempotency key for all tenants': {
    foundBy: 'idempotency-keys',
    leak: ({ honest }) => {
      const done = new Map<string, Reply>()
      const create = honestly(honest, 'POST /venues')
      return {
        inside: {
          async 'POST /venues'(call) {
            const key = call.headers['idempotency-key']
            const reply = (key && done.get(key)) || (await create(call))
            if (key) done.set(key, reply)
            return reply
          },
        },
      }
    },
  },
  'a loader that mixes the requests of one tick': {
    foundBy: 'interleavings',
    leak: ({ privileged, honest }) => {
      let waiting: { id: string; resolve: (row: unknown) => void }[] = []
      const load = async () => {
        const batch = waiting
        waiting = []
        const ids = batch.map(({ id }) => id)
        const { rows } = await privileged.query(
          `select ${bookingColumns} from bookings where id = any($1) order by id`,
          [ids],
        )
        // Rows come in the order of their ids, not in that of the requests.
        for (const [at, { resolve }] of batch.entries()) resolve(rows[at])
      }
      return {
        inside: {
          async 'GET /bookings/{bookingId}'(call) {
            const honestReply = await honestly(honest, 'GET /bookings/{bookingId}')(call)
            if (honestReply.status !== 200) return honestReply
            const row = await new Promise((resolve) => {
              if (waiting.push({ id: String(call.params.bookingId), resolve }) === 1) setTimeout(load, 2)
            })
            return row ? ok(row) : notFound
          },
        },
      }
    },
  },
  'a tag that is compared before the owner is': {
    foundBy: 'caches',
    leak: ({ honest }) => {
      const tags = new Map<string, string>()
      const get = honestly(honest, 'GET /venues/{venueId}')
      return {
        inside: {
          async 'GET /venues/{venueId}'(call) {
            const id = String(call.params.venueId)
            const given = call.headers['if-none-match']
            if (given !== undefined && tags.get(id) === given) return { status: 304 }
            const reply = await get(call)
            if (reply.status === 200) tags.set(id, etagOf(reply.body))
            return reply
          },
        },
      }
    },
  },
} satisfies Record<string, SeededLeak>
