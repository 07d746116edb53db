import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { after } from 'node:test'
import { runInScope, type TenantContext } from '@tenantry/context'
import { getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { createCallDispatcher } from '../src/call-dispatcher.ts'
import { OutgoingCalls } from '../src/outgoing-calls.ts'
import { routeNodeHttp } from '../src/route-node-http.ts'

/** What a server was sent. */
export interface Seen {
  readonly url: string
  readonly token: string | string[] | undefined
  readonly caller: string | string[] | undefined
  readonly traceparent: string | string[] | undefined
  readonly tracestate: string | string[] | undefined
  readonly body: string
  /** The whole head, as it was sent. */
  readonly head: string
}

/** Answers a request that has arrived whole. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server on a port of its own that notes what it is sent, and ends with the test. */
export async function listen(answer: Answer = (_, response) => response.end('ok')) {
  const seen: Seen[] = []
  const server = createServer(async (incoming, response) => {
    const body = (await incoming.setEncoding('utf8').toArray()).join('')
    const { url = '', headersDistinct, rawHeaders } = incoming
    const { 'txn-token': token, 'tenantry-caller': caller, traceparent, tracestate } = headersDistinct
    seen.push({ url, token, caller, traceparent, tracestate, body, head: [url, ...rawHeaders].join('\n') })
    answer(incoming, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { origin: `http://127.0.0.1:${address.port}`, port: address.port, seen }
}

/** Runs `work` in a scope of the tenant, whose token is `token of <tenant>`. */
export function inScope<T>(work: () => Promise<T>, tenant = 'tenant-a'): Promise<T> {
  return runInScope(contextOf(tenant), work)
}

function contextOf(tenant: string): TenantContext {
  return {
    tenant: { id: tenant, tier: 'basic' },
    user: undefined,
    event: undefined,
    requestId: 'r1',
    scope: 'request',
    workload: 'gateway',
    token: `token of ${tenant}`,
    expiresAtMs: Date.now() + 60_000,
  }
}

/** Where services are: by name, or by name and tenant. */
export type Routes = Readonly<Record<string, string | (() => string)>>

/**
 * Has all clients of this process keep the rules of a service that calls product and order, until the test ends. `invoice` is
 * a service of ours that it does not declare.
 */
export function install(routes: Routes, { forgotten = [] as string[], sockets = [] as string[] } = {}): void {
  const calls = new OutgoingCalls({
    services: ['product', 'order', 'invoice'],
    calls: ['product', 'order'],
    caller: (service) => `caller of ${service}`,
    resolveRoute: async ({ tenant }, service) => {
      const route = routes[`${service}/${tenant.id}`] ?? routes[service]
      if (!route) throw Object.assign(new Error('no route'), { code: 'DEPLOYMENT_DOWN' })
      return typeof route === 'string' ? route : route()
    },
    forgetRoute: ({ tenant }, service) => forgotten.push(`${service}/${tenant.id}`),
  })
  const before = getGlobalDispatcher()
  const dispatcher = createCallDispatcher(calls)
  setGlobalDispatcher(dispatcher)
  const undo = routeNodeHttp(calls, sockets)
  after(async () => {
    undo()
    setGlobalDispatcher(before)
    await dispatcher.destroy()
  })
}

/** For `assert.rejects`: the error, or what caused it, has this code. */
export function hasCode(code: string) {
  return (error: Error & { code?: string }): true => {
    const { cause } = error as { cause?: { code?: string } }
    assert.ok(error.code === code || cause?.code === code, `${error.stack}`)
    return true
  }
}
