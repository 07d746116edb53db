import type { FastifyInstance } from 'fastify'
import type { ClientBase } from 'pg'
import { z } from 'zod'
import { readBody } from '../bodies/read-body.ts'
import { discardEvents } from './discard-events.ts'
import { type EventLagAnswer, openEventStates } from './event-answers.ts'
import { listEvents } from './list-events.ts'
import { type ReplayOptions, replayEvents } from './replay-events.ts'
import { showEvents } from './show-events.ts'

/** What operators see of events, and do with them, needs the bus. */
export interface EventRouteParts {
  /** Runs `work` on a connection of the provisioning role to the bus. */
  readonly inBus: <T>(work: (client: ClientBase) => Promise<T>) => Promise<T>
  /** What waits on the bus and in all outboxes. */
  readonly lag: () => Promise<EventLagAnswer>
}

const id = z.string().min(1).max(256)
const operator = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u, 'say who you are in 1 to 64 characters')
const filter = { tenant: z.string().optional(), service: z.string().optional() }

const listing = z.strictObject({
  ...filter,
  state: z.enum(openEventStates).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})
const showing = z.strictObject({ ...filter, dataFor: operator.optional() })
const named = z.strictObject({ ...filter, operator, ids: z.array(id).min(1).max(1_000) })
const allOf = z.strictObject({ operator, tenant: z.string(), service: z.string() })

/**
 * `GET /events` lists what is not over, `GET /events/lag` counts it, `GET /events/:id` shows one; `POST /events/replay`
 * and `/discard` do so, on record.
 */
export function addEventRoutes(app: FastifyInstance, { inBus, lag }: EventRouteParts): void {
  app.get('/events', ({ query }) => {
    const options = readBody(query, listing, '?state=&tenant=&service=&limit=1 to 1000')
    return inBus((client) => listEvents(client, withoutGaps(options)))
  })
  app.get('/events/lag', lag)
  app.get<{ Params: { id: string } }>('/events/:id', async ({ params, query }) => {
    const options = readBody(query, showing, '?tenant=&service=&dataFor=who you are')
    return { events: await inBus((client) => showEvents(client, params.id, withoutGaps(options))) }
  })
  app.post('/events/replay', ({ body }) => {
    const form = '{"operator": …, "ids": […]} or {"operator": …, "tenant": …, "service": …}'
    const options = readBody(body, z.union([named, allOf]), form)
    return inBus((client) => replayEvents(client, withoutGaps(options) as ReplayOptions))
  })
  app.post('/events/discard', async ({ body }) => {
    const options = readBody(body, named, '{"operator": …, "ids": […]}')
    return { discarded: await inBus((client) => discardEvents(client, withoutGaps(options))) }
  })
}

/** Without the properties that are `undefined`: what is left out is any. */
function withoutGaps<T extends object>(options: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}
