import { createWorkloadCredential, keyFinder, type PublicJwk, readInheritedDocument } from '@tenantry/context'
import { Directory } from '@tenantry/routing'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { closeOnStop } from '../process/close-on-stop.ts'
import type { ConfigPart } from '../process/config-parts.ts'
import { drainServer } from '../process/drain-server.ts'
import { keepDirectory } from '../process/keep-directory.ts'
import { listenOnSocket } from '../process/listen-on-socket.ts'
import { serveOperatorSocket } from '../process/operator-socket.ts'
import { openProcessChannel } from '../process/process-channel.ts'
import { createWorkloadAuthenticator } from '../workload/authenticate-workload.ts'
import type { WorkloadDocument } from '../workload/workload-document.ts'
import { type KeptLeaseMaster, LeaseMasters } from './lease-masters.ts'
import { createTokenServer } from './server.ts'
import { type KeptSigningKey, TokenSigningKeys } from './token-signing-keys.ts'

/** What the token service is started with: the only process that is given signing keys of tokens and leases. */
export interface TokenServiceDocument extends WorkloadDocument {
  readonly config: ConfigPart<'token-service'>
  readonly signingKeys: readonly KeptSigningKey[]
  readonly leaseMasters: readonly KeptLeaseMaster[]
  readonly eventPublicKeys: readonly PublicJwk[]
}

const document = readInheritedDocument<TokenServiceDocument>()
const directory = new Directory()
// Whoever started this process keeps masters and keys: no file of our own, and no other process is told.
const supervisor = process.send ? openProcessChannel(process, {}) : undefined
const leaseMasters = new LeaseMasters(
  document.leaseMasters,
  supervisor && { keep: (leaseMasters) => supervisor.call('keep', { leaseMasters }) },
)
const signingKeys = new TokenSigningKeys(
  document.signingKeys,
  supervisor && { keep: (tokenSigningKeys) => supervisor.call('keep', { tokenSigningKeys }) },
)

const server = createTokenServer({
  config: document.config,
  directory,
  workloads: createWorkloadAuthenticator(directory, document.config),
  accessTokens: createAccessTokenVerifier(document.config.identity),
  signingKeys,
  findEventKey: keyFinder(document.eventPublicKeys),
  leaseMasters,
  recordWork: (record) => putOnRecord('work', record),
  recordCentral: (record) => putOnRecord('central', record),
})

// A line of this process's own log, written before the token or key is given away.
function putOnRecord(msg: string, record: object): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), msg, ...record }))
}

const signal = closeOnStop(() => drainServer(server))
await keepDirectory(directory, document, { credential: createWorkloadCredential(document), signal })
await serveOperatorSocket(document.operatorSocket)
await listenOnSocket(server, document.tokenServiceSocket)
process.send?.({ type: 'ready' })
