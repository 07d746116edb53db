import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'

const retryMs = 500

/**
 * Holds the bus for one relay alone until `signal` aborts, and tells when it is held and when no longer: a second
 * relay waits here, so that no two deliver at once and out of order. It ends with the connection, also by SIGKILL.
 */
export async function holdBus(
  config: ClientConfig,
  { signal, onHeld }: { signal: AbortSignal; onHeld: (held: boolean) => void },
): Promise<void> {
  while (!signal.aborted) {
    const client = new Client({ ...config, keepAlive: true, application_name: 'tenantry relay, holding' })
    client.on('error', () => undefined)
    const end = () => void client.end().catch(() => undefined)
    signal.addEventListener('abort', end)
    try {
      await client.connect()
      await client.query(`select pg_advisory_lock(hashtext('tenantry relay'))`)
      const over = once(client, 'end')
      onHeld(true)
      await over
    } catch {
      // Whoever uses the bus learns by itself that it cannot be reached.
    } finally {
      onHeld(false)
      signal.removeEventListener('abort', end)
      end()
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined)
  }
}
