import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** One request, as its bytes say and cannot say otherwise. */
export interface ReceivedRequest {
  readonly target: string
  readonly headers: ReadonlyMap<string, string>
}

const requestLine = /^[A-Z]+ (\/[\x21-\x7e]*) HTTP\/1\.1$/
const headerLine = /^([!#$%&'*+\-.^_`|~\w]+): ([\t\x20-\x7e\x80-\xff]*)$/
/** Those that may stand once: programs disagree about which of two they take. */
const singular = ['host', 'content-length', 'transfer-encoding', 'authorization', 'txn-token', 'x-request-id']
const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** A service that reads bytes itself, and holds against whoever sent them all that another program could read otherwise (RFC 9112). */
export class StrictBackend {
  readonly requests: ReceivedRequest[] = []
  /** What could be read in two ways: there may be nothing. */
  readonly faults: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor() {
    this.#server = createServer((socket) => this.#read(socket))
  }

  static async start(): Promise<StrictBackend> {
    const backend = new StrictBackend()
    backend.#server.listen(0, '127.0.0.1')
    await once(backend.#server, 'listening')
    return backend
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #read(socket: Socket): void {
    this.#sockets.add(socket)
    let bytes = ''
    socket.setEncoding('latin1')
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (text: string) => {
      bytes += text
      for (let rest = this.#take(bytes); rest !== undefined; rest = this.#take(bytes)) {
        bytes = rest
        socket.write(answer)
      }
    })
  }

  /** Takes one whole request off the bytes and returns what is left; `undefined` when it is not whole yet. */
  #take(bytes: string): string | undefined {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [first = '', ...lines] = bytes.slice(0, end).split('\r\n')
    const headers = new Map<string, string>()
    const faults: string[] = []
    for (const line of lines) {
      const [, name = '', value = ''] = headerLine.exec(line) ?? []
      if (name === '') faults.push(`the line ${JSON.stringify(line)}`)
      if (headers.has(name.toLowerCase()) && singular.includes(name.toLowerCase()))
        faults.push(`two of ${name}`)
      headers.set(name.toLowerCase(), value)
    }
    const target = requestLine.exec(first)?.[1]
    if (target === undefined) faults.push(`the line ${JSON.stringify(first)}`)
    const length = headers.get('content-length')
    const encoding = headers.get('transfer-encoding')
    if (length !== undefined && encoding !== undefined) faults.push('two lengths')
    if (length !== undefined && !/^\d+$/.test(length)) faults.push(`the length ${length}`)
    if (encoding !== undefined && encoding !== 'chunked') faults.push(`the encoding ${encoding}`)
    const body = bytes.slice(end + 4)
    const rest = encoding === undefined ? afterLength(body, Number(length ?? 0)) : afterChunks(body)
    if (rest === undefined) return undefined
    this.faults.push(...faults)
    this.requests.push({ target: target ?? first, headers })
    return rest
  }
}

function afterLength(body: string, length: number): string | undefined {
  return body.length < length ? undefined : body.slice(length)
}

function afterChunks(body: string): string | undefined {
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at)
    if (end < 0) return undefined
    const size = /^[\da-f]+$/i.test(body.slice(at, end))
      ? Number.parseInt(body.slice(at, end), 16)
      : Number.NaN
    if (Number.isNaN(size)) throw new Error(`a chunk of the size ${JSON.stringify(body.slice(at, end))}`)
    const next = end + 2 + size + 2
    if (body.length < next) return undefined
    if (size === 0) return body.slice(next)
    at = next
  }
}
