import type { ClientBase } from 'pg'

/** Runs `work` in one transaction of `client`: committed when it settles, rolled back when it rejects. */
export async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that broke has rolled back by itself.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * The same, one at a time in each database: grants that meet on one object fail with "tuple concurrently updated"
 * instead of waiting for each other.
 */
export function inLockedTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  return inTransaction(client, async () => {
    await client.query(`select pg_advisory_xact_lock(hashtext('tenantry'))`)
    return work()
  })
}
