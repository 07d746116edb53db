import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningJwk } from '@tenantry/context'
import { Directory, operatorsOf, readConfig, type TenantryConfigInput } from '@tenantry/routing'
import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { ChangeGate } from '../src/control-plane/apply/change-gate.ts'
import { OperatorSessions } from '../src/control-plane/console/operator-sessions.ts'
import { createOperatorApi, type OperatorApiParts } from '../src/control-plane/operator-api.ts'
import { createProvider } from '../src/identity-provider/provider.ts'
import { createSignIn } from '../src/identity-provider/sign-in.ts'
import { Browser } from './browser.ts'

/** What a test changes of a console. */
export interface ConsoleChanges {
  /** Another issuer than the demo's, which is then not started. */
  readonly operators?: TenantryConfigInput['operators']
  /** False where the page was not built. */
  readonly built?: boolean
  readonly hopKeepers?: OperatorApiParts['hopKeepers']
  /** Adds routes behind the guard. */
  readonly routes?: (app: FastifyInstance) => void
}

/** The operators' API with its console on a free port, before the demo identity provider. */
export interface RunningConsole {
  /** The console's origin. */
  readonly url: string
  readonly issuer: string
  readonly adminToken: string
  readonly config: ReturnType<typeof readConfig>
  /** The lines that were logged. */
  readonly log: string[]
  /** The tenants that were suspended. */
  readonly suspended: string[]
  /** The folder with the page. */
  readonly folder: string
  /** Moves the clock of sessions. */
  passMs(ms: number): void
  /** A browser in which the operator has signed in. */
  signedIn(): Promise<Browser>
  close(): Promise<void>
}

export const adminToken = 'the-admin-token'
export const metricsToken = 'the-metrics-token'
export const page =
  '<!doctype html><title>Console</title><script type="module" src="/assets/index-a1b2c3.js"></script>'
export const script = `console.log(${JSON.stringify('a line that is long enough to be worth compressing. '.repeat(40))})`

export async function startConsole(changes: ConsoleChanges = {}): Promise<RunningConsole> {
  const [provider, reserved] = [await listen(createServer()), await listen(createServer())]
  const issuer = `http://localhost:${portOf(provider)}`
  const url = `http://localhost:${portOf(reserved)}`
  reserved.close()
  await once(reserved, 'close')

  const config = readConfig({
    mode: 'development',
    trustDomain: 'shop',
    identity: { issuer, audience: 'shop', claims: { tenant: 'custom:tenant_id', role: 'custom:role' } },
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'main.ts', routes: ['/orders'] } },
    ...(changes.operators && { operators: changes.operators }),
  })
  serveDemo(provider, { config, url })

  const folder = mkdtempSync(join(tmpdir(), 'tenantry-console-'))
  if (changes.built !== false) buildPage(folder)
  let passedMs = 0
  const log: string[] = []
  const suspended: string[] = []
  const app = createOperatorApi({
    ...partsOf(suspended),
    config,
    hopKeepers: changes.hopKeepers ?? (() => []),
    guard: {
      ...{ adminToken, metricsToken },
      url,
      console: {
        operators: operatorsOf(config) ?? unreachable(),
        clientSecret: undefined,
        identity: config.identity,
        folder,
        sessions: new OperatorSessions({}, () => Date.now() + passedMs),
      },
      log: pino({}, { write: (line) => log.push(line) }) as Logger,
    },
  })
  changes.routes?.(app)
  await app.listen({ host: '127.0.0.1', port: Number(new URL(url).port) })

  return {
    ...{ url, issuer, adminToken, config, log, suspended, folder },
    passMs(ms) {
      passedMs += ms
    },
    async signedIn() {
      const browser = new Browser()
      const { url: chooser } = await browser.visit(`${url}/sign-in`)
      const back = await browser.choose(chooser, 'operator', `${url}/sign-in/callback`)
      await browser.visit(back.url)
      return browser
    },
    async close() {
      await app.close()
      provider.close()
      provider.closeAllConnections()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Writes the page into `folder`, as a build does. */
export function buildPage(folder: string): void {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'assets/index-a1b2c3.js'), script)
  writeFileSync(join(folder, 'assets/logo-d4e5f6.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47]))
  writeFileSync(join(folder, 'index.html'), page)
}

function serveDemo(server: Server, { config, url }: { config: RunningConsole['config']; url: string }): void {
  const directory = new Directory()
  directory.apply({
    type: 'tenant',
    tenant: { id: 'tenant-a', tier: 'basic', status: 'active', placement: { '*': 'pool' }, silo: null },
  })
  const provider = createProvider({
    ...{ config, directory, consoleUrl: url, cookieKey: 'a key of this test' },
    signingKey: generateSigningJwk(),
  })
  const signIn = createSignIn(provider, directory, config)
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) {
      signIn(request, response).catch((error: Error) => response.writeHead(400).end(error.message))
    } else void answer(request, response)
  })
}

/** What is behind the guard: a list of tenants, and what was done to them. Nothing else is asked. */
function partsOf(suspended: string[]): Omit<OperatorApiParts, 'guard' | 'config' | 'hopKeepers'> {
  const suspend = async (id: string) => {
    suspended.push(id)
    return { id, status: 'suspended' }
  }
  const parts = { catalog: { list: async () => [{ id: 'tenant-a' }] }, lifecycle: { suspend } }
  return {
    directory: new Directory(),
    events: { lag: async () => ({}) },
    gate: new ChangeGate(),
    metrics: async () => '# nothing\n',
    // Registered, and asked for nothing.
    ...{ usage: {}, cost: {}, apply: {} },
    ...parts,
  } as unknown as OperatorApiParts
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function unreachable(): never {
  throw new Error('development has operators')
}
