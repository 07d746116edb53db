import type { IncomingMessage } from 'node:http'
import { readScope } from '@tenantry/context'
import { type Emission, emissions } from '@tenantry/propagation'
import type { HopLog } from '@tenantry/routing'
import type { Admission } from './admission.ts'
import type { AnsweredRequest } from './answered-request.ts'
import type { Runtime } from './runtime.ts'

const codes = new WeakMap<IncomingMessage, string>()

/** Notes which error of the platform a request is answered with, for whoever asks later why. */
export function noteFailure(request: IncomingMessage | undefined, code: string | undefined): void {
  if (request && code !== undefined) codes.set(request, code)
}

/** Keeps what is known of an answered request that was admitted into a scope; of others nobody knows whose they are. */
export function recordAnswer(
  { hops, document }: Pick<Runtime, 'hops' | 'document'>,
  { request, route, status, durationS }: AnsweredRequest,
  admission: Admission | undefined,
): void {
  const { context, trace } = admission?.scope ?? {}
  if (!hops || !context) return
  const { event } = context
  const { service, deployment } = document
  hops.add({
    kind: 'service',
    ms: durationS * 1000,
    request: context.requestId,
    trace: trace?.traceId,
    tenant: context.tenant.id,
    tier: context.tenant.tier,
    ...{ service, deployment },
    method: request.method ?? '',
    route,
    status,
    code: codes.get(request),
    caller: admission?.caller,
    event: event && { id: event.id, type: event.type },
  })
}

/** Keeps what events are emitted here from now on, each under the request or event that it was emitted for. */
export function recordEmissions(
  hops: HopLog,
  { service, deployment }: Pick<Runtime['document'], 'service' | 'deployment'>,
): void {
  emissions.subscribe((message) => {
    const { context, trace } = readScope() ?? {}
    if (!context) return
    hops.add({
      kind: 'emitted',
      ms: 0,
      request: context.requestId,
      trace: trace?.traceId,
      tenant: context.tenant.id,
      tier: context.tenant.tier,
      ...{ service, deployment },
      event: message as Emission,
    })
  })
}
