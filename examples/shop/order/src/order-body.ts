import { z } from 'zod'

// PostgreSQL's text holds every character but this one.
const text = z.string().refine((value) => !value.includes('\0'), 'leave out NUL characters')

/** What `POST /orders` takes. */
export const orderBody = z.object({
  name: text.trim().min(1).max(200),
  description: text.max(2000).nullish(),
  products: z.array(z.guid('give the id of a product')).min(1).max(100),
})

/** An order that is about to be placed. */
export type NewOrder = z.output<typeof orderBody>
