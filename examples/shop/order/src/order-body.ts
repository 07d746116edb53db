import { z } from 'zod'

/** What `POST /orders` takes. */
export const orderBody = z.object({
  name: z.string().trim().min(1).max(200),
  description: z.string().max(2000).nullish(),
  products: z.array(z.guid('give the id of a product')).min(1).max(100),
})

/** An order that is about to be placed. */
export type NewOrder = z.output<typeof orderBody>
