import { AsyncLocalStorage } from 'node:async_hooks'

const remembered = new AsyncLocalStorage<string>()
const framesMax = 50
const own = ['../lease/', './read-call-site'].map((path) => new URL(path, import.meta.url).href)
const passedOver = [...own, '/node_modules/', 'node:']

/**
 * The place in the service's own code that this call came from, as `file:line:column`; `unknown` when no frame of it is left.
 * It takes some microseconds, so it is read for tables that are only observed. Frames down to `below` are passed over.
 */
export function readCallSite(below?: (...args: never[]) => unknown): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = framesMax
  const told: { stack?: string } = {}
  Error.captureStackTrace(told, below)
  Error.stackTraceLimit = stackTraceLimit
  const frame = (told.stack ?? '')
    .split('\n')
    .slice(1)
    .find((line) => !passedOver.some((part) => line.includes(part)))
  const found = /(?:file:\/\/)?([^\s()]+:\d+:\d+)\)?$/.exec(frame ?? '')?.[1]
  return found ?? remembered.getStore() ?? 'unknown'
}

/**
 * Remembers where `below` was called from. What the function it returns runs is told with that place, when no frame of the
 * service's own is left by then.
 */
export function rememberCallSite(below: (...args: never[]) => unknown): <T>(work: () => T) => T {
  const callSite = readCallSite(below)
  return (work) => remembered.run(callSite, work)
}
