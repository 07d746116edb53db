import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { WorkloadAudience } from '@tenantry/context'
import { SignJWT } from 'jose'

/** What a token is asked for; `claims` and `header` spoil it. */
export interface TokenRequest {
  readonly audience?: WorkloadAudience
  readonly namespace?: string
  readonly lifetimeS?: number
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
}

/** What workloads find of a Kubernetes cluster: the issuer of service-account tokens, and the kubelet that writes them into files. */
export interface Cluster {
  readonly issuer: string
  /** How many requests reached its issuer. */
  readonly reached: () => number
  /** The token of a service account, as the token request API gives it to the kubelet for a pod. */
  token(name: string, request?: TokenRequest): Promise<string>
  /** Writes a token for each audience into the account's own folder, in place of those before; returns the folder. */
  project(name: string, audiences: readonly WorkloadAudience[], request?: TokenRequest): Promise<string>
  /** Signs with a new key from now on; the old one is published no more. */
  rotateKey(): void
  /** The public key, for whoever wants to misuse it. */
  readonly publicKey: () => KeyObject
  /** Answers nothing until it is true again. */
  answers: boolean
  close(): Promise<void>
}

export const clusterNamespace = 'shop'
export const clusterTrustDomain = 'shop.example'

interface ClusterKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** Starts a cluster's issuer: RS256 keys named by the hash of their DER, discovery and key set at the API server's own paths. */
export async function startCluster(folder: string): Promise<Cluster> {
  let key = makeKey()
  let reached = 0
  const server = createServer((request, response) => {
    reached++
    if (!cluster.answers) return request.socket.destroy()
    const keys = [{ use: 'sig', alg: 'RS256', kid: key.kid, ...key.publicKey.export({ format: 'jwk' }) }]
    const pages: Record<string, object> = {
      '/.well-known/openid-configuration': {
        issuer,
        jwks_uri: `${issuer}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/openid/v1/jwks': { keys },
    }
    const page = pages[request.url ?? '']
    response.writeHead(page ? 200 : 404, { 'content-type': 'application/jwk-set+json' })
    response.end(JSON.stringify(page ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const cluster: Cluster = {
    issuer,
    reached: () => reached,
    answers: true,
    publicKey: () => key.publicKey,
    async token(name, { audience = 'token-service', namespace = clusterNamespace, ...rest } = {}) {
      const { lifetimeS = 3_600, claims = {}, header = {} } = rest
      const iat = Math.floor(Date.now() / 1000)
      const payload = {
        aud: [`${clusterTrustDomain}/${audience}`],
        exp: iat + lifetimeS,
        iat,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': {
          namespace,
          node: { name: 'node-1', uid: randomUUID() },
          pod: { name: `${name}-7d4b9c6f5-x2x7k`, uid: randomUUID() },
          serviceaccount: { name, uid: randomUUID() },
        },
        nbf: iat,
        sub: `system:serviceaccount:${namespace}:${name}`,
        ...claims,
      }
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
        .sign(key.privateKey)
    },
    async project(name, audiences, request) {
      const mounted = join(folder, name)
      for (const audience of audiences) {
        const file = join(mounted, audience)
        mkdirSync(join(file, '..'), { recursive: true })
        writeFileSync(`${file}.new`, await cluster.token(name, { ...request, audience }), { mode: 0o600 })
        renameSync(`${file}.new`, file)
      }
      return mounted
    },
    rotateKey() {
      key = makeKey()
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return cluster
}

function makeKey(): ClusterKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return { kid: createHash('sha256').update(der).digest('base64url'), privateKey, publicKey }
}
