import { randomInt } from 'node:crypto'
import { TenantryError } from '@tenantry/context'
import { type AttackFamilyName, attackFamilyNames } from './attack-family-name.ts'

/** A tenant of the service under attack. */
export interface AttackTenant {
  /** The tenant's id as the service knows it: attacks name it in fields and headers. */
  readonly id: string
  /** Headers with good credentials of this tenant. Asked before each request, so that short-lived ones can be made anew. */
  headers(): Record<string, string> | Promise<Record<string, string>>
}

/** Where the service under attack listens. */
export interface StartedService {
  /** `http://127.0.0.1:4000` */
  readonly origin: string
  stop?(): unknown
}

/** What is attacked, and how far. */
export interface AttackOptions {
  /** The service's OpenAPI document, 3.0 or 3.1, as an object; or the path where the service itself serves it as JSON. */
  readonly openapi: object | string
  /** Starts the service, once. It is stopped at the end, whatever happens. */
  start(): StartedService | Promise<StartedService>
  readonly tenants: readonly AttackTenant[]
  /** What decides the order and choice of attacks; drawn, and in the report, unless given. */
  readonly seed?: number
  /** At most so many requests; 5,000 unless given. */
  readonly requestsMax?: number
  /** At most so long, in milliseconds; two minutes unless given. */
  readonly durationMaxMs?: number
  /** Families, or operations such as `GET /catalog` whose answers are everybody's, to be left out. */
  readonly skip?: readonly string[]
  /** Events that the service handles, as examples: forged ones are made of them. `path` is where they go, `/.tenantry/events` unless given. */
  readonly events?: readonly { readonly type: string; readonly data?: unknown; readonly path?: string }[]
}

/** The options with what is usual filled in. Throws `ATTACK_TENANTS` and `ATTACK_OPTIONS`. */
export async function readAttackOptions(options: AttackOptions) {
  const {
    seed = randomInt(2 ** 31),
    requestsMax = 5_000,
    durationMaxMs = 120_000,
    skip = [],
    events = [],
  } = options
  const [one, other, ...more] = options.tenants
  if (!one || !other || more.length > 0) throw badTenants('there must be two')
  if (one.id === other.id) throw badTenants('both have the same id')
  for (const { id } of [one, other])
    if (typeof id !== 'string' || id === '') throw badTenants('one has no id')
  const headers = await Promise.all([one.headers(), other.headers()])
  if (headers.some((given) => Object.keys(given).length === 0)) throw badTenants('one has no credentials')
  if (JSON.stringify(headers[0]) === JSON.stringify(headers[1]))
    throw badTenants('both have the same credentials')
  for (const [name, value] of Object.entries({ requestsMax, durationMaxMs }))
    if (!(Number.isInteger(value) && value > 0)) throw badOptions(`\`${name}\` is no positive integer`)
  if (!Number.isInteger(seed)) throw badOptions('`seed` is no integer')
  const families: readonly string[] = attackFamilyNames
  const unknown = skip.find((name) => !families.includes(name) && !/^[A-Z]+ \//.test(name))
  if (unknown !== undefined)
    throw badOptions(`\`skip\` has \`${unknown}\`, which is no family and no operation`)
  const skipsFamily = (name: AttackFamilyName) => skip.includes(name)
  return { seed, requestsMax, durationMaxMs, skip, events, skipsFamily, tenants: [one, other] as const }
}

function badTenants(fact: string): TenantryError {
  return new TenantryError('ATTACK_TENANTS', `the tenants of an attack cannot be used: ${fact}`, {
    help: 'give two tenants, each with an id and `headers` that return its own credentials',
  })
}

function badOptions(fact: string): TenantryError {
  return new TenantryError('ATTACK_OPTIONS', `the options of an attack cannot be used: ${fact}`, {
    help: `families are ${attackFamilyNames.join(', ')}; operations are named as in \`GET /bookings/{id}\``,
  })
}
