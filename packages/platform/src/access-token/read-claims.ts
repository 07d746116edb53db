import { claimPath, type IssuerConfig } from '@tenantry/routing'
import type { JWTPayload } from 'jose'
import type { FindIssuerTenant } from './issuer-tenants.ts'

/** What a verified token of one issuer says, before one of its tenants was chosen. */
export interface VerifiedToken {
  /** Our ids of the tenants that it names and its issuer may speak for. */
  readonly tenants: readonly string[]
  /** True when it names one tenant and no other, whether the issuer may speak for it or not. */
  readonly single: boolean
  readonly issuer: string
  readonly subject: string
  readonly role: string | undefined
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
}

const subjectMax = 255
const tenantsMax = 200

/** Reads what the configuration names of a verified payload; `undefined` when it is no access token that it accepts. */
export function readClaims(
  payload: JWTPayload,
  issuer: IssuerConfig,
  findTenant: FindIssuerTenant,
): VerifiedToken | undefined {
  const { sub, exp } = payload
  const named = readNames(readClaim(payload, issuer.claims.tenant))
  const timely = Number.isSafeInteger(exp) && Number(exp) < 1e11
  if (typeof sub !== 'string' || !sub || sub.length > subjectMax || !timely || !named) return undefined
  if (!isForUs(payload, issuer) || !holds(payload, issuer)) return undefined
  const tenants = named.map(findTenant).filter((tenant) => tenant !== undefined)
  // An issuer of any tenant that names none is not refused for a binding: its token is no good.
  if (tenants.length === 0 && (issuer.tenants ?? '*') === '*') return undefined
  return {
    tenants,
    single: named.length === 1,
    issuer: issuer.issuer,
    subject: sub,
    role: readRole(payload, issuer),
    expiresAtMs: Number(exp) * 1000,
  }
}

/** The value of a declared claim: its path leads through objects. `undefined` where there is none. */
export function readClaim(payload: JWTPayload, claim: string | readonly string[]): unknown {
  let value: unknown = payload
  for (const name of claimPath(claim)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function readNames(value: unknown): readonly string[] | undefined {
  const names: unknown[] = Array.isArray(value) ? value : [value]
  const texts = names.filter((name): name is string => typeof name === 'string' && name.length > 0)
  return texts.length === names.length && texts.length > 0 && texts.length <= tenantsMax ? texts : undefined
}

function isForUs(payload: JWTPayload, { audience, audienceClaim }: IssuerConfig): boolean {
  const accepted = [audience].flat()
  const named = readNames(readClaim(payload, [audienceClaim])) ?? []
  return named.some((name) => accepted.includes(name))
}

// An ID token is signed with the same keys: where its `typ` is that of an access token, a claim has to tell them apart.
function holds(payload: JWTPayload, { requires }: IssuerConfig): boolean {
  return Object.entries(requires).every(([claim, wanted]) => {
    const value = readClaim(payload, claim)
    return wanted === true ? value !== undefined && value !== null && value !== '' : value === wanted
  })
}

function readRole(payload: JWTPayload, { claims }: IssuerConfig): string | undefined {
  const named = readNames(readClaim(payload, claims.role)) ?? []
  const role = claims.roles ? claims.roles.find((one) => named.includes(one)) : named[0]
  // Of several roles without an order none is taken: to guess one might be to give more than was meant.
  if (!role || (!claims.roles && named.length > 1)) return undefined
  return /^[\w:.-]{1,64}$/.test(role) ? role : undefined
}
