import type { IncomingMessage } from 'node:http'
import { headerValues, type ReceivedRequest, readReceived } from '../received-request.ts'
import { withoutHeaders } from './without-headers.ts'

const requestLine = /^([A-Z]{1,20}) (\S+) HTTP\/\d(?:\.\d)?$/

/**
 * nginx asks by a GET of its own, with the client's headers. Our configuration adds the request line as it was sent, so that nothing
 * which nginx made of it, such as of an absolute target, is decided on.
 */
export function readFromNginx(request: IncomingMessage): ReceivedRequest | undefined {
  const received = readReceived(request)
  const [line = '', ...more] = headerValues(received, 'x-original-request')
  const [, method, target] = requestLine.exec(line) ?? []
  if (received.method !== 'GET' || more.length > 0 || method === undefined || target === undefined)
    return undefined
  return {
    ...received,
    method,
    target,
    rawHeaders: withoutHeaders(received.rawHeaders, ['x-original-request']),
  }
}
