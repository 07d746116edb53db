import { channel } from 'node:diagnostics_channel'
import { traceHeaders } from '@tenantry/context'

const made = channel('undici:request:create')

/**
 * Makes the requests of undici have one trace context: what traces for a service adds its own to a request when undici has made it, beside
 * the one that is there. The last one stays. To be called before each call: whoever adds one has then subscribed before.
 */
export function keepOneTraceparent(): void {
  made.unsubscribe(keepLast)
  if (made.hasSubscribers) made.subscribe(keepLast)
}

function keepLast(message: unknown): void {
  const { headers } = (message as { request: { headers?: unknown } }).request
  if (!Array.isArray(headers)) return
  for (const name of traceHeaders) {
    let isKept = false
    for (let at = headers.length - 2; at >= 0; at -= 2) {
      if (String(headers[at]).toLowerCase() !== name) continue
      if (isKept) headers.splice(at, 2)
      isKept = true
    }
  }
}
