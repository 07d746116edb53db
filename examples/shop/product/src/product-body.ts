import { z } from 'zod'

// As text, because a number such as 0.1 is not that price to begin with.
const price = z
  .union([z.number(), z.string()], 'give a number or a numeric string')
  .transform(String)
  .pipe(
    z
      .string()
      .regex(/^\d{1,10}(\.\d{1,2})?$/, 'give a price from 0 to 9999999999.99, with at most two decimals'),
  )

// PostgreSQL's text holds every character but this one.
const text = z.string().refine((value) => !value.includes('\0'), 'leave out NUL characters')

/** What `POST /products` takes. */
export const productBody = z.object({
  name: text.trim().min(1).max(200),
  description: text.max(2000).nullish(),
  price,
})

/** A product that is about to be created. */
export type NewProduct = z.output<typeof productBody>
