import type { IncomingMessage } from 'node:http'
import { type ReceivedRequest, readReceived } from '../received-request.ts'

const prefixLength = '/authz/envoy'.length

/** Envoy asks as it was asked, by the same method, with the path behind a prefix. */
export function readFromEnvoy(request: IncomingMessage): ReceivedRequest {
  const received = readReceived(request)
  return { ...received, target: received.target.slice(prefixLength) }
}
