import { eventScope, TenantryError } from '@tenantry/context'
import { eventAgeMaxMs, eventDigest, readEventFromJson, verifyEvent } from '@tenantry/propagation'
import { requireActiveTenant } from '@tenantry/routing'
import type { Exchange } from './exchange.ts'
import { mint } from './mint.ts'
import { refuseRequest } from './refuse-request.ts'

const reuseMs = 30_000

/**
 * Makes the exchange of a signed event for a transaction token that is good for that event and one subscribed service.
 * One token lives per (event, service): the relay's signature is no way to endless fresh ones.
 */
export function createEventExchange(): Exchange {
  const live = new Map<string, { token: string; expiresAtMs: number }>()

  return async (service, { workload, subjectToken, form }) => {
    const event = readEventFromJson(Buffer.from(subjectToken, 'base64url').toString())
    const { id, source, type, tenantid, time } = verifyEvent(event, service.findEventKey)
    const subscriber = form.get('resource') ?? ''
    if (!service.config.services[subscriber]?.subscribes.includes(type)) {
      throw refuseRequest(`\`${subscriber}\` does not subscribe to \`${type}\``)
    }
    if (Date.now() - Date.parse(time) > eventAgeMaxMs) throw tooOld()
    const { tier } = requireActiveTenant(service.directory, tenantid)

    const digest = eventDigest(event)
    const key = `${digest}/${subscriber}`
    for (const [other, { expiresAtMs }] of live) {
      // Entries are in the order of their expiry.
      if (expiresAtMs > Date.now()) break
      live.delete(other)
    }
    const known = live.get(key)
    const remainingMs = known ? known.expiresAtMs - Date.now() : 0
    if (known && remainingMs > reuseMs) {
      return { access_token: known.token, expires_in: Math.floor(remainingMs / 1000) }
    }
    const { token, expiresInS } = mint(service, {
      txn: id,
      // Work that began with an event has the emitting service's authority, and no user's.
      sub: source,
      scope: eventScope,
      req_wl: workload.id,
      tctx: { tenant: { id: tenantid, tier }, event: { id, type, digest } },
    })
    live.delete(key)
    live.set(key, { token, expiresAtMs: Date.now() + expiresInS * 1000 })
    return { access_token: token, expires_in: expiresInS }
  }
}

function tooOld(): TenantryError {
  return new TenantryError('EVENT_TOO_OLD', 'the event is older than 7 days', {
    status: 400,
    help: 'look at it among the dead letters, and emit it anew if it still matters',
  })
}
