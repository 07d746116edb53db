import type { IncomingMessage } from 'node:http'
import type { RuntimeDocument } from '../runtime/runtime-document.ts'

/**
 * True for a request that the service declares `open`, such as an orchestrator's probe: it needs no token and gets no scope.
 * Paths are compared letter by letter, and nothing but reading is open.
 */
export function isOpenPath(
  { open = [] }: Pick<RuntimeDocument, 'open'>,
  { method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>,
): boolean {
  return (
    open.length > 0 && (method === 'GET' || method === 'HEAD') && open.includes(url.split('?', 1)[0] ?? '')
  )
}
