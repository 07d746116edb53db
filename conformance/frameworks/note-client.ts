import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { OutgoingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { Scope } from '@tenantry/context'
import { Agent, request } from 'undici'
import { WebSocket } from 'ws'
import type { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import type { RunningHost } from './host.ts'
import type { NoteService } from './note-service.ts'

const waitMaxMs = 2_000

export interface Call {
  method?: 'GET' | 'POST'
  body?: string | AsyncIterable<Buffer>
  headers?: Record<string, string>
}

/** What a call was answered: `body` is what the JSON said, or the text where it is no JSON. */
export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: each test asserts on what it expects there.
  body: any
}

/** Calls a note service on one host. */
export class NoteClient {
  readonly host: RunningHost
  readonly notes: NoteService
  readonly platform: TestPlatform
  // The deployment's own dispatcher would take the token off: this is a client of its own.
  readonly #agent = new Agent({ connections: 50 })

  constructor(host: RunningHost, notes: NoteService, platform: TestPlatform) {
    this.host = host
    this.notes = notes
    this.platform = platform
  }

  get port(): number {
    return Number(new URL(this.host.origin).port)
  }

  /** Calls with these transaction tokens, each in a header of its own. */
  async call(
    path: string,
    tokens: string[],
    { method = 'GET', body, headers = {} }: Call = {},
  ): Promise<Answer> {
    const sent = [
      ...Object.entries({ ...this.platform.caller(), ...headers }),
      ...tokens.map((token) => ['Txn-Token', token]),
    ].flat()
    const answer = await request(this.host.origin + path, {
      dispatcher: this.#agent,
      method,
      headers: sent,
      ...(body === undefined ? {} : { body: body as string }),
    })
    const told = await answer.body.text()
    return { status: answer.statusCode, body: isJson(told) ? JSON.parse(told) : told }
  }

  /** Calls as a user of the tenant. */
  callAs(tenant: string, path: string, call: Call = {}): Promise<Answer> {
    return this.call(path, [this.platform.token(tenant)], call)
  }

  write(token: string, text: string): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    return this.call('/notes', [token], { method: 'POST', headers, body: JSON.stringify({ text }) })
  }

  /** Opens a WebSocket with these transaction tokens. */
  openSocket(path: string, tokens: string[]): WebSocket {
    const { setHeader } = OutgoingMessage.prototype
    const headers = { ...this.platform.caller(), 'txn-token': tokens }
    return new WebSocket(`ws://127.0.0.1:${this.port}${path}`, {
      // Set past the deployment's own rules of calls, which are this process's too.
      finishRequest(request) {
        for (const [name, value] of Object.entries(headers)) setHeader.call(request, name, value)
        request.end()
      },
    })
  }

  /** A connection of its own, with these bytes sent. */
  async send(...requests: string[]): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(requests.join(''))
    return socket
  }

  /** All that is answered to these bytes until the connection ends. */
  async exchange(...requests: string[]): Promise<string> {
    return text(await this.send(...requests))
  }

  /** A request as bytes; `lines` are further lines of its head, and `body` what comes after it. */
  bytesOf(method: string, path: string, lines: string[] = [], body = ''): string {
    return `${[`${method} ${path} HTTP/1.1`, 'host: note', ...lines].join('\r\n')}\r\n\r\n${body}`
  }

  tokenLine(tenant: string): string {
    const caller = Object.entries(this.platform.caller()).flat().join(': ')
    return `txn-token: ${this.platform.token(tenant)}\r\n${caller}`
  }

  /** The scopes of the next `count` requests that are held, in order; rejects after 2 s. */
  async held(count = 1): Promise<Scope[]> {
    const scopes: Scope[] = []
    for await (const [scope] of on(this.notes.signals, 'held', { signal: AbortSignal.timeout(waitMaxMs) })) {
      if (scopes.push(scope as Scope) === count) break
    }
    return scopes
  }

  release(): void {
    this.notes.signals.emit('release')
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }
}

function isJson(told: string): boolean {
  return told.startsWith('{') && !told.includes('\n')
}

/** Settles once `check` holds; rejects after 2 s. */
export async function settled(check: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + waitMaxMs
  while (!check()) {
    assert.ok(Date.now() < deadlineMs, `not so within 2 s: ${check}`)
    await delay(2)
  }
}

/** A body that arrives in pieces, each in another turn than its request was accepted in. */
export async function* inPieces(...pieces: string[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    yield Buffer.from(piece)
    await delay(2)
  }
}
