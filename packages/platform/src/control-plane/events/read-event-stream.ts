/** One server-sent event. */
export interface StreamedEvent {
  readonly event: string
  readonly data: string
}

/** Longer than any that is sent: what grows beyond it is no event stream. */
const textMax = 8 * 1024 * 1024

/**
 * Reads server-sent events as they come (WHATWG HTML, 9.2.6), without `id` and `retry`: who reads is told all of what happens now, and begins anew.
 * An event whose empty line has not come is none. Rejects as `body` does, and with a `RangeError` for a line of more than 8 MiB.
 */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedEvent> {
  let event = ''
  let data: string[] = []
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n') }
      event = ''
      data = []
      continue
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
}

/** Lines end in CR LF, LF or CR; what does not end is none. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // A mark at the beginning, and what is no UTF-8, are the decoder's business.
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true })
    if (rest.length > textMax) throw new RangeError('a line of events is too long')
    // After a CR at the very end an LF may come.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    yield* lines
  }
}
