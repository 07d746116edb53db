import type { Exchange } from './exchange.ts'
import type { Recorder } from './record-exchange.ts'
import type { SocketEnd } from './upgrade/open-sockets.ts'

/** One log line of a WebSocket that has closed, beside the one of its 101, and its bytes for its tenant; `reason` is why the gateway closed it, if it did. */
export function recordSocket(
  { log, usage }: Pick<Recorder, 'log' | 'usage'>,
  { requestId, trace, tenant, service, deployment }: Exchange,
  { reason, durationMs, bytesIn, bytesOut }: SocketEnd,
): void {
  if (tenant) usage?.addBytes(tenant.id, bytesIn, bytesOut)
  log.info({
    request_id: requestId,
    trace_id: trace.traceId,
    tenant: tenant?.id,
    service,
    deployment: deployment?.id,
    socket: 'closed',
    reason,
    bytes_in: bytesIn,
    bytes_out: bytesOut,
    ms: Math.round(durationMs * 10) / 10,
  })
}
