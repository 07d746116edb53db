import { z } from 'zod'
import { addressRange } from './resolvers/address-ranges.ts'

/** The endpoint that an ingress of others asks before it lets a request in. */
export const ingressSchema = z.strictObject({
  port: z.int().min(1).max(65_535).default(8070),
  /** The address to listen on. */
  host: z.string().min(1).default('127.0.0.1'),
  /** From which addresses ingresses ask. Any other is refused: an answer holds what lets a request into a service. */
  from: z.array(addressRange).min(1).default(['127.0.0.1', '::1']),
})

/** Where ingresses ask, and which. */
export type IngressConfig = z.output<typeof ingressSchema>

/** The endpoint at another port, with everything else as it is declared or as it is by default. */
export function ingressAtPort(port: number, declared?: IngressConfig): IngressConfig {
  return ingressSchema.parse({ ...declared, port })
}
