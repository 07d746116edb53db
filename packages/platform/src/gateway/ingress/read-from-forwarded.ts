import type { IncomingMessage } from 'node:http'
import { headerValues, type ReceivedRequest, readReceived } from '../received-request.ts'
import { withoutHeaders } from './without-headers.ts'

/** Traefik and Caddy ask by a GET of their own, and tell of method, host and target in headers that they write over. */
export function readFromForwarded(request: IncomingMessage): ReceivedRequest | undefined {
  const received = readReceived(request)
  const read = (what: string) => {
    const [value, ...more] = headerValues(received, `x-forwarded-${what}`)
    return more.length === 0 ? value : undefined
  }
  const [method, host, target] = [read('method'), read('host'), read('uri')]
  const isWhole =
    method !== undefined && /^[A-Z]{1,20}$/.test(method) && host !== undefined && target !== undefined
  if (received.method !== 'GET' || !isWhole) return undefined
  // `host` of its own request may be this endpoint's.
  return {
    ...received,
    method,
    target,
    rawHeaders: ['host', host, ...withoutHeaders(received.rawHeaders, ['host'])],
  }
}
