import { z } from 'zod'
import { environmentVariable } from './environment-variable.ts'

const unitMs = { h: 60 * 60 * 1000, d: 24 * 60 * 60 * 1000 }

/** A duration as the configuration has it. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,3}[hd]$/, 'use a number of hours or days such as `12h` or `7d`, 9999 at most')

/** Reads a duration of the configuration, in milliseconds. */
export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * unitMs[text.at(-1) as keyof typeof unitMs]
}

const kept = {
  /** How long events that are over are kept, in the outboxes and on the bus. */
  keep: duration.default('7d'),
  /** How long it is kept what operators did with events, and whose data they looked at. */
  keepRecords: duration.default('365d'),
}

const natsCredentials = z.strictObject({
  /** The environment variables with the relay's user and password: it stores, reads and removes events. */
  userFrom: environmentVariable,
  passwordFrom: environmentVariable,
  /** Those of the control plane's: it makes the stream, and measures it. */
  provisionerUserFrom: environmentVariable,
  provisionerPasswordFrom: environmentVariable,
})

/** Where events wait for their subscribers, in PostgreSQL or in NATS JetStream, and how long they are kept afterwards. */
export const eventsSchema = z.discriminatedUnion('bus', [
  z.strictObject({ bus: z.literal('postgres').default('postgres'), ...kept }),
  z.strictObject({
    bus: z.literal('nats'),
    ...kept,
    servers: z
      .array(z.string().regex(/^(nats|tls):\/\/[^\s@]+$/, 'use `nats://host:port`, without credentials'))
      .min(1),
    /** How many servers keep each event. Fewer than 3, and a lost server can lose events. */
    replicas: z.union([z.literal(1), z.literal(3), z.literal(5)]).default(3),
    credentials: natsCredentials.optional(),
  }),
])
