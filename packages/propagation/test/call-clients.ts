import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import { text } from 'node:stream/consumers'
import axios from 'axios'
import got from 'got'
import { request, fetch as undiciFetch } from 'undici'

/** What a test asks a client for. */
export interface CallInit {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** Makes a request and resolves with the status of its answer, read whole. */
export type CallClient = (url: string, init?: CallInit) => Promise<number>

// Taken before any rule is there, as a library takes it.
const { request: earlyRequest } = http

const agents = {
  kept: new http.Agent({ keepAlive: true }),
  fresh: new http.Agent(),
  proxied: new http.Agent({ proxyEnv: { HTTP_PROXY: 'http://127.0.0.1:9' } } as http.AgentOptions),
}

/** The clients that services have, each as it is used. */
export const clients: Readonly<Record<string, CallClient>> = {
  'Node’s fetch': async (url, init) => drain(await fetch(url, init)),
  'undici’s fetch': async (url, init) => drain(await undiciFetch(url, init)),
  'undici’s request': async (url, init = {}) => {
    const { statusCode, body } = await request(url, init as never)
    await body.dump()
    return statusCode
  },
  'http.request': (url, init) => send(http.request, url, init),
  'http.request, taken early': (url, init) => send(earlyRequest, url, init),
  'http.request with an agent of its own': (url, init) =>
    send(http.request, url, init, { agent: agents.kept }),
  'http.request with an agent that keeps nothing': (url, init) =>
    send(http.request, url, init, { agent: agents.fresh }),
  'http.request with no agent': (url, init) => send(http.request, url, init, { agent: false }),
  'http.request with a proxy’s agent': (url, init) =>
    send(http.request, url, init, { agent: agents.proxied }),
  axios: async (url, { body, ...init } = {}) => {
    const answer = await axios(url, { ...init, data: body, validateStatus: null })
    return answer.status
  },
  'axios with an agent of its own': async (url, { body, ...init } = {}) => {
    const httpAgent = agents.kept
    const answer = await axios(url, { ...init, data: body, validateStatus: null, httpAgent })
    return answer.status
  },
  got: async (url, init = {}) => {
    const options = { ...init, throwHttpErrors: false, retry: { limit: 0 } }
    return (await got(url, options as never as { throwHttpErrors: false })).statusCode
  },
}

function send(
  make: typeof http.request,
  url: string,
  { body, ...init }: CallInit = {},
  options: RequestOptions = {},
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  make(url, { ...init, ...options }, resolve)
    .on('error', reject)
    .end(body)
  return promise.then(async (answer) => {
    await text(answer)
    return answer.statusCode ?? 0
  })
}

async function drain(answer: { status: number; text(): Promise<string> }): Promise<number> {
  await answer.text()
  return answer.status
}
