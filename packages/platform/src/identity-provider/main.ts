import type { JsonWebKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createWorkloadCredential, readInheritedDocument, TenantryError } from '@tenantry/context'
import { Directory } from '@tenantry/routing'
import { closeOnStop } from '../process/close-on-stop.ts'
import type { ConfigPart } from '../process/config-parts.ts'
import { drainServer } from '../process/drain-server.ts'
import { keepDirectory } from '../process/keep-directory.ts'
import { serveOperatorSocket } from '../process/operator-socket.ts'
import type { WorkloadDocument } from '../workload/workload-document.ts'
import { createProvider } from './provider.ts'
import { createSignIn } from './sign-in.ts'

/** What the demo identity provider is started with. */
export interface IdentityProviderDocument extends WorkloadDocument {
  readonly port: number
  readonly shared: boolean
  /** Where operators reach the console. */
  readonly consoleUrl: string
  readonly config: ConfigPart<'identity-provider'>
  readonly signingKey: JsonWebKey
  readonly cookieKey: string
}

const document = readInheritedDocument<IdentityProviderDocument>()
const { config } = document
if (config.mode !== 'development') {
  throw new TenantryError('DEMO_REFUSED', 'the demo identity provider runs in development alone', {
    help: 'configure the issuer of your own identity provider',
  })
}

const directory = new Directory()
const provider = createProvider({ ...document, directory })
const signIn = createSignIn(provider, directory, config)
const answer = provider.callback()

const server = createServer((request, response) => {
  if (!request.url?.startsWith('/interaction/')) {
    void answer(request, response)
    return
  }
  signIn(request, response).catch((error: Error) => {
    console.error(error.message)
    if (!response.headersSent) response.writeHead(400)
    response.end('This sign-in is over. Start again where you came from.')
  })
})

const signal = closeOnStop(() => drainServer(server))
await keepDirectory(directory, document, { credential: createWorkloadCredential(document), signal })
await serveOperatorSocket(document.operatorSocket)
server.listen({ port: document.port, host: '127.0.0.1', reusePort: document.shared })
await once(server, 'listening')
process.send?.({ type: 'ready' })
