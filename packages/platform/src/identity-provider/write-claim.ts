import { claimPath } from '@tenantry/routing'

/** The claim as a verifier looks for it: a path leads through objects. */
export function writeClaim(claim: string | readonly string[], value: string): Record<string, unknown> {
  const [last = '', ...above] = [...claimPath(claim)].reverse()
  return above.reduce<Record<string, unknown>>((inner, name) => ({ [name]: inner }), { [last]: value })
}
