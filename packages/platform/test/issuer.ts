import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** A small OpenID issuer whose tokens a test can make right or wrong. */
export interface Issuer {
  readonly url: string
  /** How many times its keys were asked for. */
  readonly asked: () => number
  sign(changes?: {
    claims?: JWTPayload
    header?: object
    alg?: string
    expiresIn?: string | number
  }): Promise<string>
  close(): Promise<void>
}

/** Starts an issuer that publishes one ES256 and one RS256 key. */
export async function startIssuer(): Promise<Issuer> {
  const keys = { ES256: await generateKeyPair('ES256'), RS256: await generateKeyPair('RS256') }
  const jwks = await Promise.all(
    Object.entries(keys).map(async ([alg, { publicKey }]) => ({
      ...(await exportJWK(publicKey)),
      alg,
      kid: alg,
    })),
  )
  let asked = 0
  const server = createServer((request, response) => {
    const body =
      request.url === '/.well-known/openid-configuration'
        ? { issuer: url, jwks_uri: `${url}/jwks` }
        : { keys: jwks, asked: ++asked }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    asked: () => asked,
    sign({ claims = {}, header = {}, alg = 'ES256', expiresIn = '5m' } = {}) {
      const payload = {
        sub: 'seller@tenant-a',
        tenant: 'tenant-a',
        role: 'seller',
        iss: url,
        aud: 'shop',
        ...claims,
      }
      const token = new SignJWT(payload)
        .setProtectedHeader({ typ: 'at+jwt', kid: alg, ...header, alg })
        .setIssuedAt()
      return token.setExpirationTime(expiresIn).sign(keys[alg as keyof typeof keys].privateKey)
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
