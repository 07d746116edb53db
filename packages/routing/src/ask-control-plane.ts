import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { TenantryError, type WorkloadCredential } from '@tenantry/context'

/** How a workload reaches the control plane's API for workloads. */
export interface ControlPlane {
  readonly socketPath: string
  readonly credential: WorkloadCredential
  readonly agent: Agent
}

/** What is asked: posted when it has a body. */
export interface Question {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

const answerMaxMs = 2_000

/**
 * Asks the control plane, and gives what it answered. Rejects with `CONTROL_PLANE_DOWN` (503) when there is no answer in JSON within 2 s, and as the
 * credential does.
 */
export async function askControlPlane(
  { socketPath, credential, agent }: ControlPlane,
  { path, headers, body }: Question,
): Promise<{ status: number; body: unknown }> {
  const call = request({
    ...{ socketPath, agent, path },
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, authorization: `Bearer ${credential('control-plane')}` },
    // From now on, also while it waits for a connection.
    signal: AbortSignal.timeout(answerMaxMs),
  })
  try {
    const answer = await answerOf(call, body)
    return { status: answer.statusCode ?? 0, body: JSON.parse(await text(answer)) }
  } catch (cause) {
    throw new TenantryError('CONTROL_PLANE_DOWN', 'the control plane cannot be asked now', {
      status: 503,
      help: 'see whether the control plane runs',
      cause,
    })
  }
}

function answerOf(call: ClientRequest, body: unknown): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  call.on('response', resolve).on('error', reject)
  call.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}
