import { claimPath, type IssuerConfig, type OperatorsConfig } from '@tenantry/routing'
import type { JWTPayload } from 'jose'
import { readClaim } from '../../access-token/read-claims.ts'
import type { Operator } from './operator.ts'

const subjectMax = 255
const nameMax = 100

/**
 * The operator whom verified claims speak of; `undefined` for anyone else: who lacks a claim that operators have, and who belongs to a tenant,
 * whatever else is said of them.
 */
export function readOperator(
  claims: JWTPayload,
  { operators, identity }: { operators: OperatorsConfig; identity: readonly IssuerConfig[] },
): Operator | undefined {
  const { sub } = claims
  if (typeof sub !== 'string' || sub === '' || sub.length > subjectMax) return undefined
  const isOperator = Object.entries(operators.requires).every(([claim, wanted]) =>
    [readClaim(claims, claim)].flat().includes(wanted),
  )
  const ofTenants = identity.filter(({ issuer }) => issuer === operators.issuer)
  const isTenants = ofTenants.some(
    (issuer) => readClaim(claims, claimPath(issuer.claims.tenant)) !== undefined,
  )
  return isOperator && !isTenants ? { subject: sub, name: readName(claims) ?? sub } : undefined
}

function readName(claims: JWTPayload): string | undefined {
  return ['name', 'preferred_username', 'email']
    .map((claim) => claims[claim])
    .find((name): name is string => typeof name === 'string' && /^[^\p{Cc}\p{Cs}]+$/u.test(name))
    ?.slice(0, nameMax)
}
