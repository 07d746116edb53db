import { connect, type Socket } from 'node:net'

/** What one request was answered: its status, or that the connection ended without one. */
export type Status = number | 'closed'

const answerMaxMs = 5_000

/** Asks on one connection, one request after the other, and opens another whenever it ends. */
export class RawClient {
  readonly #port: number
  #socket: Socket | undefined
  #received = ''
  #changed: () => void = () => undefined

  constructor(origin: string) {
    this.#port = Number(new URL(origin).port)
  }

  /** Sends bytes as they are, and reads the one answer to them. Rejects after 5 s without one. */
  async ask(bytes: Buffer): Promise<Status> {
    const socket = this.#connected()
    this.#received = ''
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(
        () => reject(new Error(`no answer to ${bytes.toString('latin1')}`)),
        answerMaxMs,
      )
      this.#changed = () => {
        const status = readAnswer(this.#received) ?? (socket.destroyed ? 'closed' : undefined)
        if (status === undefined) return
        clearTimeout(deadline)
        this.#changed = () => undefined
        if (/^connection: close/im.test(this.#received)) this.close()
        resolve(status)
      }
      socket.write(bytes)
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #connected(): Socket {
    if (this.#socket && !this.#socket.destroyed) return this.#socket
    const socket = connect(this.#port, '127.0.0.1')
    const changed = () => this.#socket === socket && this.#changed()
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#received += text
      changed()
    })
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('close', changed)
    this.#socket = socket
    return socket
  }
}

/** The status of an answer that is there whole; `undefined` while more of it is to come. */
function readAnswer(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = text.slice(0, end)
  const body = text.slice(end + 4)
  const length = /^content-length: (\d+)/im.exec(head)?.[1]
  const isWhole =
    length !== undefined
      ? body.length >= Number(length)
      : !/^transfer-encoding: chunked/im.test(head) || body.endsWith('0\r\n\r\n')
  return isWhole ? Number(head.slice(9, 12)) : undefined
}
