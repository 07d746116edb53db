import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { AttackRequest } from './draft.ts'

/** What came back. `status` is 0 when nothing did. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const bytesMax = 1024 * 1024
const timeoutMs = 5_000

/**
 * Sends requests as they stand: headers twice, hosts of somebody else, bodies cut off. Answers are read up to 1 MiB, each for
 * 5 s at most. A connection that breaks is an answer with status 0.
 */
export class HttpClient {
  readonly #origin: URL
  readonly #agent: HttpAgent | HttpsAgent

  constructor(origin: URL) {
    this.#origin = origin
    this.#agent = new (origin.protocol === 'https:' ? HttpsAgent : HttpAgent)({
      keepAlive: true,
      maxSockets: 64,
    })
  }

  /** With `abortAfterMs`, the caller hangs up so long after it has sent the request. */
  send(sent: AttackRequest, abortAfterMs?: number, again = false): Promise<Answer> {
    const { method, target, headers, body } = sent
    const send = this.#origin.protocol === 'https:' ? requestHttps : requestHttp
    const host = headers.some(([name]) => name.toLowerCase() === 'host') ? [] : ['host', this.#origin.host]
    const length = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))]
    return new Promise((resolve) => {
      const nothing = () => resolve({ status: 0, headers: {}, body: '' })
      try {
        const { hostname, port } = this.#origin
        const request = send({
          ...{ hostname: hostname.replace(/^\[|\]$/g, ''), port, method, path: target, agent: this.#agent },
          headers: [...host, ...headers.flat(), ...length],
          signal: AbortSignal.timeout(timeoutMs),
        })
        request.on('error', (error: NodeJS.ErrnoException) => {
          // The service closed an idle connection while it was taken for this request: nobody has seen it.
          if (request.reusedSocket && error.code === 'ECONNRESET' && !again && abortAfterMs === undefined)
            resolve(this.send(sent, undefined, true))
          else nothing()
        })
        request.on('response', (response) => {
          readAnswer(response).then(resolve, nothing)
        })
        request.end(body)
        if (abortAfterMs !== undefined) setTimeout(() => request.destroy(), abortAfterMs)
      } catch {
        // Node itself refuses to send it.
        nothing()
      }
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > bytesMax) break
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers))
    headers[name] = [value ?? ''].flat().join(', ')
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() }
}
