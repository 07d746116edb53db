import type { Goal } from '../bench.ts'

/** A row of requests: against which of the other services. */
export interface RequestRow extends Goal {
  readonly peer: 'jwt' | 'open'
}

export const requestRows: readonly RequestRow[] = [
  {
    ...{ row: 'request', peer: 'jwt', goal: 1 },
    title: 'a request that writes a row, a new token each: our adapter against `@fastify/jwt`',
  },
  {
    ...{ row: 'request-open', peer: 'open', goal: 0.7 },
    title: 'the same against no authentication at all',
  },
]
