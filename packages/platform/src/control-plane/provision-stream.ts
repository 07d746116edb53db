import type { TenantryConfig } from '@tenantry/routing'
import { connectNats } from '../relay/nats/connect-nats.ts'
import { installEventStream } from '../relay/nats/event-stream.ts'
import type { NatsAccess } from '../relay/nats/nats-access.ts'

/** Makes the stream that events wait in, in as many copies as the configuration asks for. Can be repeated. Rejects as `connectNats`. */
export async function provisionStream(
  access: NatsAccess,
  { events }: Pick<TenantryConfig, 'events'>,
): Promise<void> {
  const client = await connectNats(access, 'tenantry control plane')
  try {
    await installEventStream(client, events.bus === 'nats' ? events.replicas : 1)
  } finally {
    await client.connection.close()
  }
}
