import { z } from 'zod'

/** The name of an environment variable, where the configuration may not hold the value itself. */
export const environmentVariable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'name an environment variable such as `DATABASE_URL`')
