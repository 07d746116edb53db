import { randomFillSync } from 'node:crypto'
import { readTracestate } from './tracestate.ts'

/** The headers of W3C Trace Context, in lower case. */
export const traceHeaders = ['traceparent', 'tracestate'] as const

/** Where in a trace a stretch of work is (W3C Trace Context, level 2). It says nothing of whom the work is for. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, the same for all that one request brings about. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits: the stretch of work itself, which is the parent of what it calls. */
  readonly spanId: string
  /** 1 where whoever called records the trace, 2 where the id's last half is random, 3 for both. */
  readonly flags: number
  /** What tracing systems say to each other; `undefined` for nothing. */
  readonly state: string | undefined
}

const versions = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
const zeros = /^0+$/
const flagsKnown = 0b11

/**
 * Reads the trace context of a request from each value of its headers as they were sent. `undefined` for none, for several and for one
 * that is not valid; what is not valid of `tracestate` alone is left out.
 */
export function readTraceContext(
  traceparents: readonly string[],
  tracestates: readonly string[],
): TraceContext | undefined {
  const [traceparent = '', ...more] = traceparents
  const [, version, traceId = '', spanId = '', flags = '', rest] = versions.exec(traceparent) ?? []
  if (version === undefined || more.length > 0 || zeros.test(traceId) || zeros.test(spanId)) return undefined
  // Later versions may say more, after a hyphen; the first one does not.
  if (version === '00' && rest !== undefined) return undefined
  return {
    traceId,
    spanId,
    flags: Number.parseInt(flags, 16) & flagsKnown,
    state: readTracestate(tracestates),
  }
}

/**
 * The context of new work: in the trace of what called it, under an id of its own, or in a new trace that is to be recorded when
 * there is none.
 */
export function continueTrace(parent: TraceContext | undefined): TraceContext {
  const spanId = randomId(8)
  if (parent) return { ...parent, spanId }
  return { traceId: randomId(16), spanId, flags: flagsKnown, state: undefined }
}

/** Writes a context as headers: `traceparent` of version 00, and `tracestate` where there is one. */
export function writeTraceContext({ traceId, spanId, flags, state }: TraceContext): Record<string, string> {
  const traceparent = `00-${traceId}-${spanId}-${(flags & flagsKnown).toString(16).padStart(2, '0')}`
  return state === undefined ? { traceparent } : { traceparent, tracestate: state }
}

// Random bytes cost the same for one id as for some hundred. What was used up once is never used again.
const pool = Buffer.alloc(4_096)
let used = pool.length

// All zeros is no id.
function randomId(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  const id = pool.toString('hex', used - bytes, used)
  return zeros.test(id) ? randomId(bytes) : id
}
