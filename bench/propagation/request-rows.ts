import type { Goal } from '../bench.ts'

/** The services that are asked: each a file of `servers/`. */
export type RequestServer = 'ours' | 'isolated' | 'jwt' | 'open'

/** A row of requests: which service of ours against which other. */
export interface RequestRow extends Goal {
  readonly ours: 'ours' | 'isolated'
  readonly peer: 'jwt' | 'open'
}

export const requestRows: readonly RequestRow[] = [
  {
    ...{ row: 'request', ours: 'ours', peer: 'jwt', goal: 1 },
    title: 'a request that writes a row, a new token each: our adapter against `@fastify/jwt`',
  },
  {
    ...{ row: 'request-open', ours: 'ours', peer: 'open', goal: 0.7 },
    title: 'the same against no authentication at all',
  },
  {
    ...{ row: 'request-isolated', ours: 'isolated', peer: 'jwt', goal: 1 },
    title: 'our adapter and our pool, the row under a lease, against `@fastify/jwt` and plain `pg`',
  },
]
