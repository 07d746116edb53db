import { setTimeout as sleep } from 'node:timers/promises'
import { TenantryError } from '@tenantry/context'
import type { FastifyInstance } from 'fastify'

const pauseMs = 20

/** Lets operators change something as long as this control plane is the one that decides; what only reads is never refused. */
export class ChangeGate {
  #isClosed = false
  #underWay = 0

  /** Puts the gate before every route of `app` but those that only read. */
  addTo(app: FastifyInstance): void {
    app.addHook('onRequest', async ({ method }, { raw }) => {
      if (method === 'GET' || method === 'HEAD') return
      if (this.#isClosed) throw applyBusy()
      this.#underWay++
      raw.once('close', () => this.#underWay--)
    })
  }

  /** Refuses changes from now on, and settles when those that began are over; after `maxMs` whatever is under way. */
  async close(maxMs: number): Promise<void> {
    this.#isClosed = true
    const endsAtMs = Date.now() + maxMs
    while (this.#underWay > 0 && Date.now() < endsAtMs) await sleep(pauseMs)
  }
}

/** The refusal of whatever comes while a configuration is being applied. */
export function applyBusy(): TenantryError {
  return new TenantryError('APPLY_BUSY', 'a changed configuration is being applied', {
    status: 409,
    help: 'try again in a few seconds; `npx tenantry plan` then says what is in force',
  })
}
