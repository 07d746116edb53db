import { readTraceContext } from '@tenantry/context'
import type { SignedEvent } from '@tenantry/propagation'
import type { Directory, HopLog } from '@tenantry/routing'
import type { Attempt } from './deliverer.ts'
import type { Delivery } from './event-bus.ts'

/** Keeps which events were stored on the bus. */
export function recordStored(hops: HopLog, events: readonly SignedEvent[]): void {
  for (const event of events) hops.add({ kind: 'stored', ms: 0, ...hopOf(event) })
}

/** Keeps an attempt to deliver an event; of text that is no event there is nothing to keep. */
export function recordAttempt(
  { hops, directory }: { hops: HopLog; directory: Directory },
  { event, tenant, service, attempts }: Delivery,
  { outcome, ms }: Attempt,
): void {
  const read = readStored(event)
  if (!read) return
  const deployment = directory.deploymentFor(tenant, service)?.id
  const hop = { ...hopOf({ ...read, tenantid: tenant }), service, deployment, outcome, attempt: attempts + 1 }
  hops.add({ kind: 'delivered', ms, ...hop })
}

type EventNames = Pick<SignedEvent, 'id' | 'type' | 'tenantid' | 'traceparent'>

function hopOf({ id, type, tenantid, traceparent }: EventNames) {
  const trace = traceparent === undefined ? undefined : readTraceContext([traceparent], [])?.traceId
  return { request: id, trace, tenant: tenantid, event: { id, type } }
}

// Not verified: what is kept tells of an attempt, and nothing is decided by it.
function readStored(text: string): Omit<EventNames, 'tenantid'> | undefined {
  try {
    const { id, type, traceparent } = JSON.parse(text)
    const isNamed = [id, type].every((name) => typeof name === 'string')
    return isNamed ? { id, type, ...(typeof traceparent === 'string' && { traceparent }) } : undefined
  } catch {
    return undefined
  }
}
