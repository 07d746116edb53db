import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends requests over a few connections that stay open, with as little work as can be, so that the server is what is measured. */
export class Requester {
  readonly #idle: Socket[] = []
  readonly #all: Socket[] = []

  readonly #status: string

  private constructor(status: number) {
    this.#status = `HTTP/1.1 ${status}`
  }

  /** Opens its connections; every answer is to have this status. */
  static async open(
    origin: string,
    { connections, status }: { connections: number; status: number },
  ): Promise<Requester> {
    const requester = new Requester(status)
    const port = Number(new URL(origin).port)
    for (let opened = 0; opened < connections; opened++) {
      const socket = connect(port, '127.0.0.1').setNoDelay(true)
      await once(socket, 'connect')
      requester.#take(socket)
    }
    return requester
  }

  /** Sends one request as it is, and settles when it was answered. */
  send(request: string): Promise<void> {
    const socket = this.#idle.pop()
    if (!socket) return Promise.reject(new Error('more is in flight than there are connections'))
    return new Promise((resolve, reject) => {
      let received = ''
      const closed = () => reject(new Error('the server ended a connection that was kept'))
      if (socket.destroyed) return closed()
      socket.once('close', closed)
      const read = (chunk: Buffer) => {
        received += chunk.toString('latin1')
        if (!isWhole(received)) return
        socket.off('data', read).off('close', closed)
        this.#idle.push(socket)
        if (received.startsWith(this.#status)) resolve()
        else reject(new Error(received))
      }
      socket.on('data', read)
      socket.write(request)
    })
  }

  close(): void {
    for (const socket of this.#all) socket.destroy()
  }

  #take(socket: Socket): void {
    this.#all.push(socket)
    this.#idle.push(socket)
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /content-length: (\d+)/i.exec(text)?.[1]
  return length !== undefined && text.length >= end + 4 + Number(length)
}
