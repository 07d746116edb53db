import { TenantryError } from '@tenantry/context'

/** `EVENT_NOT_FOUND` (404). */
export function noSuchEvent(id: string): TenantryError {
  return new TenantryError('EVENT_NOT_FOUND', `no service was to get an event \`${id}\``, {
    status: 404,
    help: 'see those that are not over with `tenantry events list`',
  })
}

/** `EVENT_AMBIGUOUS` (409): ids are the services' to choose, so two tenants may have one. */
export function ambiguousEvent(id: string): TenantryError {
  return new TenantryError('EVENT_AMBIGUOUS', `several tenants have an event \`${id}\``, {
    status: 409,
    help: 'name the one that is meant with `--tenant`',
  })
}

/** `EVENT_QUARANTINED` (409). */
export function quarantinedEvent(id: string): TenantryError {
  return new TenantryError('EVENT_QUARANTINED', `\`${id}\` is quarantined: it does not verify`, {
    status: 409,
    help: 'find out who put it there; the service has to emit it anew, and `tenantry events discard` puts it away',
  })
}

/** `EVENT_NOT_DEAD` (409): only what was given up can be given again. */
export function notDeadEvent(id: string, state: string): TenantryError {
  return new TenantryError('EVENT_NOT_DEAD', `\`${id}\` is ${state}, and only a dead event is replayed`, {
    status: 409,
    help: 'what waits or is parked is delivered by itself; see `tenantry events show`',
  })
}

/** `EVENT_SETTLED` (409): there is nothing left to discard. */
export function settledEvent(id: string, state: string): TenantryError {
  return new TenantryError('EVENT_SETTLED', `\`${id}\` is ${state} already`, {
    status: 409,
    help: 'see what became of it with `tenantry events show`',
  })
}

/** `EVENT_TOO_OLD` (409): it would be given up again at once. */
export function tooOldEvent(id: string): TenantryError {
  return new TenantryError('EVENT_TOO_OLD', `\`${id}\` is older than 7 days: no token is minted for it`, {
    status: 409,
    help: 'let the service emit it anew if it still matters, and discard this one',
  })
}
