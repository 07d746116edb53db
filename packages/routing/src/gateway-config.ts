import { z } from 'zod'

const ms = (most: number) => z.int().min(1).max(most)

/** How the gateway listens, how many there are, and for how long it waits. */
export const gatewaySchema = z.strictObject({
  /**
   * How many gateways share the port, each a process of its own; for more than one, the kernel spreads connections over them. Limits are counted by each
   * for itself, unless `limits.redis` makes them count together.
   */
  processes: z.int().min(1).max(64).default(1),
  /** HTTPS in place of HTTP: the files of the certificate, with its chain, and of its key, relative to the configuration file. */
  tls: z
    .strictObject({
      cert: z.string().min(1, 'name the PEM file of the certificate and its chain'),
      key: z.string().min(1, 'name the PEM file of the certificate’s key'),
    })
    .optional(),
  /** For how long the gateway waits, in milliseconds. */
  timeouts: z
    .strictObject({
      /** For a request's headers. */
      headersMs: ms(600_000).default(10_000),
      /** For a whole request. */
      requestMs: ms(3_600_000).default(60_000),
      /** For a deployment's answer to begin, and for more of it. */
      answerMs: ms(3_600_000).default(30_000),
      /** For the next request of a connection. */
      keepAliveMs: ms(3_600_000).default(5_000),
      /** For anything on an open WebSocket, from either side. */
      socketIdleMs: ms(3_600_000).default(300_000),
    })
    .refine(({ headersMs, requestMs }) => headersMs <= requestMs, {
      path: ['headersMs'],
      message: 'headers are a part of the request: at most `requestMs`',
    })
    .prefault({}),
})

/** How the gateway listens and waits. */
export type GatewayConfig = z.output<typeof gatewaySchema>
