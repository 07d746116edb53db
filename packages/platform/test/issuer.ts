import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** A small OpenID issuer whose tokens a test can make right or wrong. */
export interface Issuer {
  readonly url: string
  /** How many times its keys were asked for. */
  readonly asked: () => number
  /** How many requests of any kind reached it. */
  readonly reached: () => number
  sign(changes?: {
    claims?: JWTPayload
    header?: object
    alg?: string
    expiresIn?: string | number
  }): Promise<string>
  /** Signs claims without setting any time: right ones but for `changes`, whatever they are. */
  signExactly(changes: object): Promise<string>
  close(): Promise<void>
}

/** Starts an issuer that publishes one ES256 and one RS256 key; its name may end in a path such as `/`. */
export async function startIssuer(path = ''): Promise<Issuer> {
  const keys = { ES256: await generateKeyPair('ES256'), RS256: await generateKeyPair('RS256') }
  const jwks = await Promise.all(
    Object.entries(keys).map(async ([alg, { publicKey }]) => ({
      ...(await exportJWK(publicKey)),
      alg,
      kid: alg,
    })),
  )
  let asked = 0
  let reached = 0
  const server = createServer((request, response) => {
    reached++
    const body =
      request.url === '/.well-known/openid-configuration'
        ? { issuer: url, jwks_uri: `${url}/jwks` }
        : { keys: jwks, asked: ++asked }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`

  return {
    url,
    asked: () => asked,
    reached: () => reached,
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
    signExactly(changes) {
      const nowS = Math.floor(Date.now() / 1000)
      const payload = { sub: 'seller@tenant-a', tenant: 'tenant-a', iss: url, aud: 'shop', exp: nowS + 300 }
      return new SignJWT({ ...payload, ...changes })
        .setProtectedHeader({ typ: 'at+jwt', kid: 'ES256', alg: 'ES256' })
        .sign(keys.ES256.privateKey)
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
