import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Headers
  readonly body: string
}

/** Sends a request as bytes over a connection of its own, and reads the answer until the connection is closed. */
export async function sendRaw(origin: string, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const { socket, received } = openRaw(origin)
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
  await once(socket, 'close')
  return readAnswer(received())
}

/** Opens a connection; `received` grows as the answer comes. */
export function openRaw(origin: string): { socket: Socket; received: () => string } {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined)
  return { socket, received: () => Buffer.concat(chunks).toString('latin1') }
}

function readAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Headers(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const body = rest.join('\r\n\r\n')
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: headers.get('transfer-encoding') === 'chunked' ? withoutChunks(body) : body,
  }
}

function withoutChunks(text: string): string {
  let [whole, rest] = ['', text]
  for (;;) {
    const at = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, at), 16)
    if (!size) return whole
    whole += rest.slice(at + 2, at + 2 + size)
    rest = rest.slice(at + 2 + size + 2)
  }
}
