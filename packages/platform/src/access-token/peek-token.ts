import type { IssuerConfig } from '@tenantry/routing'
import { decodeJwt, decodeProtectedHeader } from 'jose'

const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const bytesMax = 8_192
const pointers = ['jwk', 'jku', 'x5u', 'x5c', 'crit']

/**
 * What a token says before anything of it is verified: enough to refuse most wrong ones without asking anyone.
 * `undefined` for what is no access token of any issuer: malformed, too long, or with a header that brings or points to a
 * key (RFC 8725, 3.10).
 */
export function peekToken(
  token: string,
): { issuer: string; type: IssuerConfig['types'][number] } | undefined {
  if (token.length > bytesMax || !compact.test(token)) return undefined
  try {
    const header = decodeProtectedHeader(token)
    const { iss: issuer } = decodeJwt(token)
    const type = readType(header.typ)
    const plain = !pointers.some((name) => name in header)
    const kid: unknown = header.kid
    const named = kid === undefined || (typeof kid === 'string' && kid.length > 0 && kid.length <= 256)
    return plain && named && type && typeof issuer === 'string' ? { issuer, type } : undefined
  } catch {
    return undefined
  }
}

// RFC 7515, 4.1.9: compared without regard to case, and `application/` may be left out.
function readType(typ: unknown): IssuerConfig['types'][number] | undefined {
  if (typ === undefined) return 'none'
  if (typeof typ !== 'string') return undefined
  const name = typ.toLowerCase().replace(/^application\//, '')
  return name === 'at+jwt' ? 'at+jwt' : name === 'jwt' ? 'JWT' : undefined
}
