import type { JsonWebKey } from 'node:crypto'
import { rm } from 'node:fs/promises'
import {
  keyFinder,
  type PublicJwk,
  publicJwk,
  readInheritedDocument,
  readSigningKey,
} from '@tenantry/context'
import { Directory, type TenantryConfig } from '@tenantry/routing'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { closeOnStop } from '../close-on-stop.ts'
import { keepDirectory } from '../keep-directory.ts'
import { serveOperatorSocket } from '../operator-socket.ts'
import type { WorkloadDocument } from '../workload-document.ts'
import { createTokenServer } from './server.ts'
import type { LeaseMaster } from './token-service.ts'

/** What the token service is started with: the only process that is given signing keys of tokens and leases. */
export interface TokenServiceDocument extends WorkloadDocument {
  readonly config: TenantryConfig
  /** The first one signs; the others' tokens may still live. */
  readonly signingKeys: readonly [JsonWebKey, ...JsonWebKey[]]
  /** 32 bytes each, in base64url; the first one is current. */
  readonly leaseMasters: readonly [{ kid: number; master: string }, ...{ kid: number; master: string }[]]
  readonly eventPublicKeys: readonly PublicJwk[]
}

const document = readInheritedDocument<TokenServiceDocument>()
const directory = new Directory()
const publicKeys = document.signingKeys.map(publicJwk)
const [current, ...older] = document.leaseMasters.map(
  ({ kid, master }): LeaseMaster => ({ kid, key: Buffer.from(master, 'base64url') }),
)
if (!current) throw new Error('no lease master was given')

const server = createTokenServer({
  config: document.config,
  directory,
  accessTokens: createAccessTokenVerifier(document.config.identity),
  signingKey: readSigningKey(document.signingKeys[0]),
  publicKeys,
  findTransactionKey: keyFinder(publicKeys),
  findEventKey: keyFinder(document.eventPublicKeys),
  leaseMasters: [current, ...older],
})

const signal = closeOnStop(async () => {
  server.close()
  server.closeIdleConnections()
})
keepDirectory(directory, document, { signal })
await serveOperatorSocket(document.operatorSocket)
await rm(document.tokenServiceSocket, { force: true })
await new Promise<void>((resolve) => server.listen(document.tokenServiceSocket, resolve))
process.send?.({ type: 'ready' })
