import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** What the token endpoint answers next. */
export interface NextAnswer {
  readonly status?: number
  /** Over right claims and a right header. */
  readonly claims?: JWTPayload
  readonly header?: Record<string, unknown>
  /** Signed by a key that is not published. */
  readonly forged?: boolean
  /** In place of a signed ID token. */
  readonly idToken?: string
}

/** An OpenID issuer that signs whatever a test wants, as no certified one would. */
export interface ScriptedIssuer {
  readonly url: string
  next: NextAnswer
  /** The nonce of the sign-in that is answered. */
  nonce: string
  /** What the token endpoint was asked. */
  readonly asked: { body: URLSearchParams }[]
  close(): void
}

export async function startScriptedIssuer(clientId: string): Promise<ScriptedIssuer> {
  const own = await generateKeyPair('ES256')
  const stranger = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'ES256' }
  const asked: ScriptedIssuer['asked'] = []

  const server = createServer(async (request, response) => {
    const send = (body: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.url === '/jwks') send({ keys: [jwk] })
    else if (request.url === '/token') {
      const body = Buffer.concat(await request.toArray()).toString()
      asked.push({ body: new URLSearchParams(body) })
      const { status = 200, idToken } = issuer.next
      if (status !== 200) send({ error: 'invalid_grant' }, status)
      else
        send({ access_token: 'opaque', token_type: 'Bearer', id_token: idToken ?? (await sign(issuer.next)) })
    } else {
      const endpoints = {
        authorization_endpoint: `${url}/auth`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/jwks`,
      }
      send({ issuer: url, ...endpoints, id_token_signing_alg_values_supported: ['ES256', 'HS256', 'none'] })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sign = ({ claims, header, forged }: NextAnswer) => {
    const key: CryptoKey = (forged ? stranger : own).privateKey
    const nowS = Math.floor(Date.now() / 1000)
    const right = {
      iss: url,
      aud: clientId,
      sub: 'ada',
      groups: ['operators'],
      nonce: issuer.nonce,
      iat: nowS,
      exp: nowS + 60,
    }
    return new SignJWT({ ...right, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
      .sign(key)
  }
  const issuer: ScriptedIssuer = {
    ...{ url, next: {}, nonce: '', asked },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return issuer
}
