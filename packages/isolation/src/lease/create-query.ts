import { AsyncResource } from 'node:async_hooks'
import pg from 'pg'
import type { DriverQuery } from './driver.ts'

/** Makes the driver's query object of whatever `query` was called with, and what the call returns. */
export function createQuery(args: unknown[]): { query: DriverQuery; result: unknown } {
  const [config, values, callback] = args as [unknown, never, never]
  if (typeof (config as { submit?: unknown } | null)?.submit === 'function') {
    return { query: config as DriverQuery, result: config }
  }
  const query = new pg.Query(config as never, values, callback) as unknown as DriverQuery
  if (query.callback) {
    // The driver calls back from the socket's context: the caller's own is restored.
    query.callback = AsyncResource.bind(query.callback)
    return { query, result: undefined }
  }
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  query.callback = (error, result) => (error ? reject(error) : resolve(result))
  return { query, result: promise }
}
