import { z } from 'zod'

/** What `POST /fulfillments` takes. */
export const fulfillmentBody = z.object({
  order_id: z.guid(),
  products: z.array(z.guid()).min(1).max(100),
})

/** An order that is to be fulfilled. */
export type OrderToFulfill = z.output<typeof fulfillmentBody>
