/** The header with which a user of several tenants chooses the one that a request is for; a choice, never a proof. */
export const activeTenantHeader = 'tenantry-active-tenant'

/** The token of an `Authorization: Bearer …` header (RFC 6750, 2.1), or `undefined` for any other value or none. */
export function readBearerToken(authorization: string | undefined): string | undefined {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '') ?? []
  return token
}
