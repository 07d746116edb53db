import { TenantryError } from '@tenantry/context'
import type { AttackOptions, StartedService } from './attack-options.ts'
import { HttpClient } from './http-client.ts'

/** Starts the service under attack, and waits for a first answer. Rejects with `ATTACK_START`; what was started is stopped then. */
export async function startService({ start }: Pick<AttackOptions, 'start'>): Promise<StartedService> {
  let service: StartedService | undefined
  try {
    service = await start()
    const probe = new HttpClient(new URL(service.origin))
    const { status } = await probe.send({ method: 'GET', target: '/', headers: [] })
    probe.close()
    if (status === 0) throw new Error(`nothing answers at \`${service.origin}\``)
    return service
  } catch (cause) {
    await service?.stop?.()
    const fact = cause instanceof Error ? cause.message : String(cause)
    throw new TenantryError('ATTACK_START', `the service under attack does not start: ${fact}`, {
      help: 'let `start` return `{ origin, stop }` once the service listens',
      cause,
    })
  }
}
