import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { TenantryError } from '@tenantry/context'
import type { NatsAccess } from './nats-access.ts'

/** A connection to NATS, and JetStream over it. */
export interface NatsClient {
  readonly connection: NatsConnection
  readonly jetstream: JetStreamClient
  readonly manager: JetStreamManager
}

const timeoutMs = 3_000

/**
 * Connects to one of the servers; the connection goes on to another by itself when that one is gone. Rejects with
 * `EVENTS_UNREACHABLE` (503), or `EVENTS_LIBRARY` where the client's packages are not installed.
 */
export async function connectNats(
  { servers, user, password }: NatsAccess,
  name: string,
): Promise<NatsClient> {
  const { connect, jetstream, jetstreamManager } = await loadNatsLibrary()
  const connection = await connect({
    servers: [...servers],
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    name,
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    pingInterval: 5_000,
    maxPingOut: 2,
  }).catch((cause: Error) => {
    throw new TenantryError('EVENTS_UNREACHABLE', `NATS cannot be reached: ${cause.message}`, {
      status: 503,
      help: 'see `events` of tenantry.config.ts, and that one of its servers runs',
      cause,
    })
  })
  const options = { timeout: timeoutMs }
  return {
    connection,
    jetstream: jetstream(connection, options),
    manager: await jetstreamManager(connection, { ...options, checkAPI: false }),
  }
}

/** Loads NATS' client, which only who keeps events there needs. Rejects with `EVENTS_LIBRARY` where it is not installed. */
export async function loadNatsLibrary() {
  try {
    const [{ connect }, { jetstream, jetstreamManager }] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
    ])
    return { connect, jetstream, jetstreamManager }
  } catch (cause) {
    throw new TenantryError('EVENTS_LIBRARY', 'the client of NATS is not installed', {
      help: 'run `npm install @nats-io/transport-node @nats-io/jetstream`',
      cause,
    })
  }
}
