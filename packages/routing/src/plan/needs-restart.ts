import type { TenantryConfig } from '../config.ts'
import { type IssuerConfig, isPlainOrLoopback } from '../identity-config.ts'
import type { Difference } from './find-differences.ts'

/** What is settled when a system starts: who trusts whom, what PostgreSQL was started with, where events wait. */
const settledAtStart = [
  /^mode$/,
  /^trustDomain$/,
  /^workloads(\.|$)/,
  /^database(\.|$)/,
  /^events\.(?!keep$|keepRecords$)/,
  // The address itself: `https` in place of `http`.
  /^gateway\.tls$/,
  // The port that other machines' ingresses know.
  /^ingress(\.port|\.host)?$/,
  /^services\.[^.]+\.adopts(\.|$)/,
]

/**
 * True for a difference that a running system cannot take in, because it would fail what is under way or needs PostgreSQL to start again.
 * Such a change holds from the next start on.
 */
export function needsRestart(difference: Difference): boolean {
  const { path, before, after } = difference
  if (settledAtStart.some((pattern) => pattern.test(path))) return true
  if (path === 'identity') return demoIssuerOf(before) !== demoIssuerOf(after)
  // Its role's connections would be shut out while a copy still has them.
  if (/^services\.[^.]+\.grants$/.test(path)) return isCentral(before) !== isCentral(after)
  return false
}

/** The issuer that the demo identity provider listens as: the first that is on this machine. */
function demoIssuerOf(identity: unknown): string | undefined {
  const own = (identity as TenantryConfig['identity']).find(({ issuer }: IssuerConfig) =>
    isPlainOrLoopback(issuer),
  )
  return own?.issuer
}

function isCentral(grants: unknown): boolean {
  return (grants as readonly string[]).includes('central')
}
