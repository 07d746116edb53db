import { setTimeout as sleep } from 'node:timers/promises'
import type { TenantryConfig } from '@tenantry/routing'
import { connectNats } from '../../relay/nats/connect-nats.ts'
import { installEventStream } from '../../relay/nats/event-stream.ts'
import type { NatsAccess } from '../../relay/nats/nats-access.ts'

/** What the stream is made with, and who is told when that does not work yet. */
export interface ProvisionStreamOptions {
  readonly events: TenantryConfig['events']
  readonly onTrouble: (error: unknown) => void
  readonly retryMs?: number
}

/**
 * Makes the stream that events wait in, in as many copies as the configuration asks for. While NATS does not let it, that is told
 * and tried again, every 2 s: meanwhile events wait in their outboxes, and nothing else has to. Can be repeated; never rejects.
 */
export async function provisionStream(
  access: NatsAccess,
  { events, onTrouble, retryMs = 2_000 }: ProvisionStreamOptions,
): Promise<void> {
  for (let told = ''; ; ) {
    try {
      return await provisionOnce(access, events.bus === 'nats' ? events.replicas : 1)
    } catch (error) {
      const { message } = error as Error
      if (message !== told) onTrouble(error)
      told = message
    }
    await sleep(retryMs, undefined, { ref: false })
  }
}

async function provisionOnce(access: NatsAccess, replicas: number): Promise<void> {
  const client = await connectNats(access, 'tenantry control plane')
  try {
    await installEventStream(client, replicas)
  } finally {
    await client.connection.close()
  }
}
