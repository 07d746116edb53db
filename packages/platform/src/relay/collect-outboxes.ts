import { setTimeout as sleep } from 'node:timers/promises'
import { isTenantId, type SigningKey } from '@tenantry/context'
import { outboxChannel, type SignedEvent } from '@tenantry/propagation'
import type { Directory, DirectoryDatabase } from '@tenantry/routing'
import { Client } from 'pg'
import type { Logger } from 'pino'
import type { EventBus, RefusedRow } from './event-bus.ts'
import { OutboxReader } from './outbox-reader.ts'
import { type OutboxRow, signOutboxRow } from './sign-outbox-row.ts'
import { Wake } from './wake.ts'

/** What collecting needs. */
export interface CollectParts {
  readonly directory: Directory
  readonly role: { readonly user: string; readonly password: string }
  readonly key: SigningKey
  readonly bus: EventBus
  readonly logger: Logger
  /** Called when events were stored. */
  readonly onPublished: (events: readonly SignedEvent[]) => void
  readonly onRefused: (row: RefusedRow) => void
}

const pollMs = 1_000
const retryMs = { first: 100, max: 2_000 }

/**
 * Moves the events of one database from its outboxes to the bus until `signal` aborts: at once when it is told of
 * new ones, and every second in case it was not. A connection that breaks is made again by itself. Never throws.
 */
export async function collectOutboxes(
  parts: CollectParts,
  database: DirectoryDatabase,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = retryMs.first
  while (!signal.aborted) {
    try {
      await collectWhileConnected(parts, database, signal, () => {
        pauseMs = retryMs.first
      })
    } catch (error) {
      if (signal.aborted) return
      const { message } = error as Error
      parts.logger.warn({ database: database.id, error: message }, 'outboxes cannot be read; trying again')
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    pauseMs = Math.min(pauseMs * 2, retryMs.max)
  }
}

async function collectWhileConnected(
  parts: CollectParts,
  { id, host, port, services }: DirectoryDatabase,
  signal: AbortSignal,
  onCollected: () => void,
): Promise<void> {
  const client = new Client({
    ...parts.role,
    host,
    port,
    database: id,
    keepAlive: true,
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
    application_name: 'tenantry relay',
  })
  const wake = new Wake()
  let broken: Error | undefined
  client.on('notification', () => wake.wake())
  client.on('error', (error) => {
    broken = error
    wake.wake()
  })
  const stop = () => wake.wake()
  signal.addEventListener('abort', stop)
  try {
    await client.connect()
    await client.query(`listen ${outboxChannel}`)
    const outboxes = new OutboxReader(client, services)
    while (!signal.aborted) {
      const rows = await outboxes.read()
      await publishRows(parts, id, rows)
      await outboxes.mark(rows)
      onCollected()
      if (rows.length === 0) await wake.wait(pollMs)
      if (broken) throw broken
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await client.end().catch(() => undefined)
  }
}

async function publishRows(parts: CollectParts, database: string, rows: readonly OutboxRow[]): Promise<void> {
  const events: SignedEvent[] = []
  const refused: RefusedRow[] = []
  const owner = rows.length > 0 ? findOwner(parts.directory, database) : null
  for (const row of rows) {
    try {
      requireTenant(row.tenant, owner)
      events.push(signOutboxRow(row, parts.key))
    } catch (error) {
      const { service, position, tenant } = row
      refused.push({
        database,
        service,
        position,
        tenant,
        reason: (error as Error).message,
        row: JSON.stringify(row),
      })
    }
  }
  await parts.bus.quarantine(refused)
  refused.forEach(parts.onRefused)
  await parts.bus.publish(events)
  if (events.length > 0) parts.onPublished(events)
}

/** The one tenant whose silo this database is, or null for the pool. */
function findOwner(directory: Directory, database: string): string | null {
  for (const deployment of directory.deployments.values()) {
    if (deployment.database === database) return deployment.tenant
  }
  throw new Error('nothing is known yet of who works on this database')
}

function requireTenant(tenant: string, owner: string | null): void {
  if (!isTenantId(tenant)) throw new Error('not a tenant id')
  // INVARIANT: identity is signed or it is nothing. The database of one tenant's silo speaks for no other tenant.
  if (owner !== null && tenant !== owner) throw new Error('the silo belongs to another tenant')
}
