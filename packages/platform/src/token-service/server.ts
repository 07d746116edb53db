import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchangePending, isTenantryError, type LeaseKeyStep } from '@tenantry/context'
import { deriveDatabaseKey } from '@tenantry/isolation'
import type { DirectoryWorkload } from '@tenantry/routing'
import { z } from 'zod'
import { listTenantsOfWork } from './exchange-for-work.ts'
import { createTokenExchange, readClientAssertion } from './exchanges.ts'
import { findCaller } from './find-caller.ts'
import { refuseRequest } from './refuse-request.ts'
import type { TokenService } from './token-service.ts'

const bodyBytesMax = 512 * 1024
const steps: readonly LeaseKeyStep[] = ['make', 'switch', 'release', 'forget']

/** How many exchanges one request may ask for: a few milliseconds in which nobody else is answered. */
const exchangesMax = 16
const pendingAnswer = {
  error: 'temporarily_unavailable',
  error_description: 'this exchange has to wait for somebody: ask for it alone, by `POST /token`',
  code: exchangePending,
  status: 503,
}
/** How long one of them may hold up the others, as the keys of an issuer that does not answer would. */
const togetherMaxMs = 2

type Answerer = (workload: DirectoryWorkload, form: URLSearchParams) => Promise<object> | object

/**
 * The token service's API: `POST /token`, and `POST /tokens` for several in one request, `POST /tenants-of-work`, `POST /caller`, `POST /database-keys`, `POST /lease-keys`,
 * `POST /token-keys`, `GET /jwks`.
 */
export function createTokenServer(service: TokenService): Server {
  const exchange = createTokenExchange(service)
  const routes: Record<string, Answerer> = {
    '/token': exchange,
    '/tenants-of-work': (workload) => listTenantsOfWork(service, workload),
    '/caller': (workload, form) => findCaller(service, workload, form),
    '/database-keys': (workload, form) => databaseKeys(service, workload, form),
    '/lease-keys': (workload, form) => leaseKeys(service, workload, form),
    '/token-keys': (workload, form) => tokenKeys(service, workload, form),
  }

  async function answer(request: IncomingMessage): Promise<object> {
    const { method, url = '' } = request
    if (method === 'GET' && url === '/jwks') return { keys: service.signingKeys.published }
    if (method === 'POST' && url === '/tokens') return exchangeSeveral(await readBody(request))
    const route = method === 'POST' && Object.hasOwn(routes, url) && routes[url]
    if (!route) throw refuseRequest('there is no such endpoint')
    const form = new URLSearchParams(await readBody(request))
    const { workload } = await service.workloads(readClientAssertion(form), 'token-service')
    return route(workload, form)
  }

  async function exchangeSeveral(body: string): Promise<object> {
    const { exchanges, ...credential } = readSeveral(body)
    const assertion = readClientAssertion(new URLSearchParams(credential))
    const { workload } = await service.workloads(assertion, 'token-service')
    const pending = sleep(togetherMaxMs, pendingAnswer, { ref: false })
    const answers = exchanges.map((form) => {
      const asked = exchange(workload, new URLSearchParams(form))
      return Promise.race([asked.catch((error: unknown) => errorAnswer(error)[1]), pending])
    })
    return { answers: await Promise.all(answers) }
  }

  // Whoever asks is on this machine, and keeps its connections: to end an idle one would fail the request that is just being sent on it.
  return createServer({ keepAliveTimeout: 0 }, (request, response) => {
    answer(request).then(
      (body) => send(response, 200, body),
      (error: unknown) => send(response, ...errorAnswer(error)),
    )
  })
}

function databaseKeys(
  { leaseMasters }: TokenService,
  workload: DirectoryWorkload,
  form: URLSearchParams,
): object {
  const database = form.get('database')
  if (workload.kind !== 'control-plane' || !database)
    throw refuseRequest('only a control plane asks for a database’s keys')
  const keys = leaseMasters.live.map(({ kid, key }) => ({
    kid,
    key: deriveDatabaseKey(key, database, kid).toString('base64url'),
  }))
  return { keys }
}

async function leaseKeys(
  { leaseMasters }: TokenService,
  workload: DirectoryWorkload,
  form: URLSearchParams,
): Promise<object> {
  requireControlPlane(workload)
  const asked = form.get('step')
  const step = steps.find((known) => known === asked)
  if (asked !== null && !step) throw refuseRequest('`step` is not one of a rotation')
  if (step) await leaseMasters.take(step)
  return { keys: leaseMasters.states }
}

async function tokenKeys(
  { signingKeys }: TokenService,
  workload: DirectoryWorkload,
  form: URLSearchParams,
): Promise<object> {
  requireControlPlane(workload)
  const asked = form.get('step')
  if (asked !== null && asked !== 'rotate') throw refuseRequest('`step` is not `rotate`')
  if (asked) await signingKeys.rotate()
  return { keys: signingKeys.states }
}

function requireControlPlane(workload: DirectoryWorkload): void {
  if (workload.kind !== 'control-plane') throw refuseRequest('only a control plane rotates keys')
}

/** What asks for several exchanges, in JSON: one credential, and the parameters of each. */
const severalSchema = z.strictObject({
  client_assertion_type: z.string(),
  client_assertion: z.string(),
  exchanges: z.array(z.record(z.string(), z.string())).max(exchangesMax),
})

function readSeveral(body: string): z.output<typeof severalSchema> {
  try {
    return severalSchema.parse(JSON.parse(body))
  } catch {
    throw refuseRequest('several exchanges are asked for in JSON, with their parameters as text')
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw refuseRequest('the request is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** RFC 6749, 5.2, with our code and the status that the edge should give. */
function errorAnswer(error: unknown): [number, object] {
  if (!isTenantryError(error)) {
    console.error(error)
    return [
      500,
      { error: 'server_error', error_description: 'internal error', code: 'INTERNAL', status: 500 },
    ]
  }
  const { code, message, status } = error
  const kind =
    code === 'WORKLOAD_REFUSED'
      ? 'invalid_client'
      : code === 'EXCHANGE_REFUSED'
        ? 'unauthorized_client'
        : code === 'SCOPE_REFUSED'
          ? 'invalid_scope'
          : code === 'TOKEN_REQUEST_INVALID'
            ? 'invalid_request'
            : status === 503
              ? 'temporarily_unavailable'
              : 'invalid_grant'
  const http = kind === 'invalid_client' ? 401 : status === 503 ? 503 : 400
  return [
    http,
    { error: kind, error_description: message, code, status: kind === 'invalid_client' ? 503 : status },
  ]
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
