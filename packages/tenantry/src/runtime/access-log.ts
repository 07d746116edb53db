/** One line of a deployment's access log. `route` is a pattern, never a path: a client chooses paths. */
export interface AccessLogLine {
  readonly request_id: string | undefined
  readonly trace_id: string | undefined
  readonly tenant: string | undefined
  readonly tier: string | undefined
  readonly service: string
  readonly deployment: string
  readonly method: string
  readonly route: string
  readonly status: number
  readonly ms: number
}

/** Writes one line for each answered request. */
export interface AccessLog {
  write(line: AccessLogLine): void
}

const flushMs = 100
const waitingMax = 1_000

/**
 * Makes an access log of JSON lines. They are written together, every 100 ms, and when the process exits: a line for itself would
 * cost a request more than all else that is done for it. A process that is killed takes those of its last 100 ms along.
 */
export function createAccessLog(
  write: (text: string) => unknown = (text) => process.stdout.write(text),
): AccessLog {
  let waiting: string[] = []
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length > 0) write(waiting.join(''))
    waiting = []
  }

  process.on('exit', flush)
  return {
    write(line) {
      waiting.push(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`)
      if (waiting.length >= waitingMax) flush()
      else timer ??= setTimeout(flush, flushMs).unref()
    },
  }
}
