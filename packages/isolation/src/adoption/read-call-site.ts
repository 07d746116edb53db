const framesMax = 50
const own = ['../lease/', './read-call-site'].map((path) => new URL(path, import.meta.url).href)
const passedOver = [...own, '/node_modules/', 'node:']

/**
 * The place in the service's own code that this call came from, as `file:line:column`; `unknown` when no frame of it is left.
 * It takes some microseconds, so it is read for tables that are only observed.
 */
export function readCallSite(): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = framesMax
  const { stack = '' } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  const frame = stack
    .split('\n')
    .slice(1)
    .find((line) => !passedOver.some((part) => line.includes(part)))
  return /(?:file:\/\/)?([^\s()]+:\d+:\d+)\)?$/.exec(frame ?? '')?.[1] ?? 'unknown'
}
