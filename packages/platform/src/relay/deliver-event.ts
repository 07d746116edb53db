import { callerHeader, type FindKey, TenantryError, transactionTokenHeader } from '@tenantry/context'
import {
  coveredBy,
  readEventFromJson,
  type SignedEvent,
  verifyEvent,
  writeEventToHttp,
} from '@tenantry/propagation'
import type { Directory, DirectoryDeployment } from '@tenantry/routing'
import { type Dispatcher, request } from 'undici'
import type { DeliveryTokens } from './delivery-tokens.ts'
import type { Delivery, Outcome } from './event-bus.ts'
import { type Failure, outcomeOf } from './outcome.ts'

/** What delivering needs. */
export interface DeliverParts {
  readonly directory: Directory
  readonly findKey: FindKey
  readonly tokens: DeliveryTokens
  /** Gives a live assertion that it is the relay who calls a service. */
  readonly caller: (service: string) => string
  readonly dispatcher: Dispatcher
  /** Told whether the deployment could be connected to; not called when an attempt ended before. */
  readonly onCalled: (deployment: DirectoryDeployment, reached: boolean) => void
}

/** Where every deployment takes its events. */
export const eventPath = '/.tenantry/events'

const answerMaxMs = 30_000
const notConnected = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])
const notActive = ['TENANT_SUSPENDED', 'TENANT_UNKNOWN']

/**
 * Delivers one event to the deployment that serves its tenant, with a token that is good for this event alone.
 * `parked` means that the tenant is not served at the moment. Never throws.
 */
export async function deliverEvent(parts: DeliverParts, delivery: Delivery): Promise<Outcome | 'parked'> {
  let signed: SignedEvent
  try {
    signed = readEventFromJson(delivery.event)
    const { signedextattrs, dssematerial } = signed
    // What the signature does not cover goes no further.
    signed = { ...coveredBy(signed), signedextattrs, dssematerial }
    // INVARIANT: identity is signed or it is nothing. What the bus says of the tenant has to be what was signed.
    if (signed.tenantid !== delivery.tenant) throw new Error('the bus names another tenant')
  } catch (error) {
    return { kind: 'quarantined', reason: (error as Error).message }
  }
  // INVARIANT: stop means stop. What waits for a tenant that is not active is set aside, and not lost.
  const failure = isActive(parts.directory, delivery.tenant)
    ? await post(parts, delivery, signed).catch(failureOf)
    : 'parked'
  if (!failure) return { kind: 'done' }
  // The token service verified what was delivered. What was not is verified here, before anything it says is believed.
  try {
    const { time } = verifyEvent(signed, parts.findKey)
    return failure === 'parked' ? failure : outcomeOf(failure, delivery, Date.parse(time))
  } catch (error) {
    return { kind: 'quarantined', reason: (error as Error).message }
  }
}

async function post(
  parts: DeliverParts,
  delivery: Delivery,
  signed: SignedEvent,
): Promise<Failure | undefined> {
  const { tenant, service } = delivery
  const deployment = parts.directory.deploymentFor(tenant, service)
  if (!deployment) return { reason: `\`${service}\` does not run`, unreachable: true }
  if (deployment.addresses.length === 0) {
    parts.onCalled(deployment, false)
    return { reason: `\`${service}\` does not run`, unreachable: true }
  }
  const token = await parts.tokens.take(delivery)
  const answer = await call(parts, deployment, signed, token)
  const { statusCode } = answer
  if (statusCode >= 200 && statusCode < 300) return undefined
  const refused = statusCode === 400 || statusCode === 422
  const unreachable = statusCode === 421 || statusCode === 503
  return { reason: `\`${service}\` answered ${statusCode}`, refused, unreachable }
}

/** Posts to one copy of a deployment after the other, until one can be connected to. */
async function call(
  { dispatcher, caller, onCalled }: DeliverParts,
  deployment: DirectoryDeployment,
  signed: SignedEvent,
  token: string,
): Promise<Dispatcher.ResponseData> {
  const { headers, body } = writeEventToHttp(signed)
  const { addresses } = deployment
  const first = Math.floor(Math.random() * addresses.length)
  let failure: unknown
  for (let at = 0; at < addresses.length; at++) {
    try {
      const answer = await request(addresses[(first + at) % addresses.length] + eventPath, {
        dispatcher,
        method: 'POST',
        headers: {
          ...headers,
          [transactionTokenHeader]: token,
          [callerHeader]: caller(deployment.service),
          // The event's own trace goes on with its handling, which reads it where any request has it.
          ...(signed.traceparent !== undefined && { traceparent: signed.traceparent }),
          ...(signed.tracestate !== undefined && { tracestate: signed.tracestate }),
        },
        body,
        signal: AbortSignal.timeout(answerMaxMs),
      })
      await answer.body.dump()
      onCalled(deployment, true)
      return answer
    } catch (error) {
      failure = error
      // Where it was connected to, the event was perhaps handled; and the deployment is there.
      if (!notConnected.has(String((error as NodeJS.ErrnoException).code))) {
        onCalled(deployment, true)
        throw error
      }
    }
  }
  onCalled(deployment, false)
  throw failure
}

function failureOf(error: unknown): Failure | 'parked' {
  if (error instanceof TenantryError) {
    if (notActive.includes(error.code)) return 'parked'
    const { code, message, status } = error
    return { reason: `${code}: ${message}`, refused: status === 400, unreachable: status === 503 }
  }
  const { code, name } = error as NodeJS.ErrnoException
  return { reason: `not reached: ${code ?? name}`, unreachable: true }
}

function isActive(directory: Directory, tenant: string): boolean {
  return directory.tenants.get(tenant)?.status === 'active'
}
