import { type Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { TenantryError } from './errors.ts'

/** What it answers instead (RFC 6749, 5.2), with our code and the status that the edge should give. */
export interface Refusal {
  readonly code?: string
  readonly status?: number
  readonly error_description?: string
}

/** How one endpoint is asked. */
export interface Endpoint {
  readonly socketPath: string
  readonly agent: Agent
  readonly method: string
  readonly path: string
  readonly type: string
}

const answerMaxMs = 2_000

/**
 * Asks an endpoint of the token service, and gives what it answered with 200. Rejects with `TOKEN_SERVICE_DOWN` (503) when it does not
 * answer within 2 s, and with `refusedBy` of any other answer.
 */
export async function askTokenService(to: Endpoint, body: string | undefined): Promise<unknown> {
  let status: number
  let told: Refusal
  try {
    const answer = await send(to, body)
    status = answer.statusCode ?? 0
    told = JSON.parse(await text(answer))
  } catch (cause) {
    throw new TenantryError('TOKEN_SERVICE_DOWN', 'tokens cannot be had at the moment', {
      status: 503,
      help: 'try again in a second; if it stays so, see whether the token service runs',
      cause,
    })
  }
  if (status === 200) return told
  throw refusedBy(told)
}

/** The error that a refusal stands for. */
export function refusedBy({ code, error_description: description, status }: Refusal): TenantryError {
  return new TenantryError(code ?? 'TOKEN_SERVICE_REFUSED', description ?? 'the token was refused', {
    status: status ?? 500,
    help: 'see what the token service answered',
  })
}

function send(
  { socketPath, agent, method, path, type }: Endpoint,
  body: string | undefined,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const headers = body === undefined ? {} : { 'content-type': type }
  const call = request({ socketPath, agent, method, path, headers, timeout: answerMaxMs })
  call.on('response', resolve).on('error', reject)
  call.on('timeout', () => call.destroy(new Error('no answer within 2 s')))
  call.end(body)
  return promise
}
