import type { JsonWebKey } from 'node:crypto'
import { createServer } from 'node:http'
import { createWorkloadCredential, readInheritedDocument, TenantryError } from '@tenantry/context'
import { Directory, type TenantryConfig } from '@tenantry/routing'
import { closeOnStop } from '../close-on-stop.ts'
import { keepDirectory } from '../keep-directory.ts'
import { serveOperatorSocket } from '../operator-socket.ts'
import type { WorkloadDocument } from '../workload/workload-document.ts'
import { createProvider } from './provider.ts'
import { createSignIn } from './sign-in.ts'

/** What the demo identity provider is started with. */
export interface IdentityProviderDocument extends WorkloadDocument {
  readonly port: number
  /** Where operators reach the console. */
  readonly consoleUrl: string
  readonly config: TenantryConfig
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

const signal = closeOnStop(async () => {
  server.close()
  server.closeIdleConnections()
})
keepDirectory(directory, document, { credential: createWorkloadCredential(document), signal })
await serveOperatorSocket(document.operatorSocket)
await new Promise<void>((resolve) => server.listen(document.port, '127.0.0.1', resolve))
process.send?.({ type: 'ready' })
