import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { readContext, readScope, type Scope } from '@tenantry/context'
import { type ReceivedEvent, TenantryError } from 'tenantry'
import type { EventHandler } from 'tenantry/node'
import type { Pool } from 'tenantry/pg'

type Transaction = Parameters<EventHandler>[1]

/** How a streamed answer goes: to its end, until the caller goes, until it breaks, or not at all. */
export type StreamKind = 'whole' | 'endless' | 'broken' | 'stillborn'

export const streamPieces = 40
const padding = 'x'.repeat(16 * 1024)

/** The tenant of the code that asks, or `none`. */
export const tenantHere = () => readContext()?.tenant.id ?? 'none'

/** What every host does the same, and what the suite sees of it. */
export class NoteService {
  readonly db: Pool | undefined
  /** How many requests got as far as a handler. */
  handled = 0
  /** `held` with a scope: a request is held, a stream's or an upload's first piece was there. */
  readonly signals = new EventEmitter()

  constructor(db?: Pool) {
    this.db = db
  }

  /** The tenants that are seen by a handler, after it waited, and in a callback that it left behind. */
  async whoAsks(): Promise<{ tenants: string[] }> {
    this.handled++
    const tenants = [tenantHere()]
    await delay(1)
    tenants.push(tenantHere())
    await setImmediate()
    tenants.push(await new Promise<string>((resolve) => process.nextTick(() => resolve(tenantHere()))))
    return { tenants }
  }

  /** The tenant of the request, and the one that the database wrote the note for. */
  async write(text: string): Promise<{ tenant: string; leased: string; text: string }> {
    this.handled++
    const { rows } = await this.#database.query<{ leased: string; text: string }>(
      'insert into notes (text) values ($1) returning tenantry_tenant as leased, text',
      [text],
    )
    return { tenant: tenantHere(), leased: rows[0]?.leased ?? 'none', text: rows[0]?.text ?? 'none' }
  }

  /** Waits until the suite lets go. */
  async hold(): Promise<{ tenant: string }> {
    this.handled++
    this.#tell()
    await once(this.signals, 'release')
    return { tenant: tenantHere() }
  }

  /** The tenants that are seen at each piece of an upload, and at its end. */
  readUpload(body: Readable): Promise<{ tenants: string[] }> {
    this.handled++
    const tenants: string[] = []
    return new Promise((resolve, reject) => {
      body.on('data', () => {
        if (tenants.push(tenantHere()) === 1) this.#tell()
      })
      body.on('end', () => resolve({ tenants: [...tenants, tenantHere()] }))
      body.on('error', reject)
    })
  }

  /** An answer in pieces; each is a line with the tenant that is seen when it is asked for. */
  stream(kind: StreamKind): Readable {
    const next = this.#pieces(kind)
    return new Readable({
      read() {
        next().then(
          (piece) => this.push(piece),
          (error) => this.destroy(error),
        )
      },
    })
  }

  /** The same as a stream of the web platform. */
  webStream(kind: StreamKind): ReadableStream<Uint8Array> {
    const next = this.#pieces(kind)
    const encoder = new TextEncoder()
    return new ReadableStream({
      async pull(controller) {
        const piece = await next()
        if (piece === null) controller.close()
        else controller.enqueue(encoder.encode(piece))
      },
    })
  }

  fail(kind: string): never {
    this.handled++
    const locked = new TenantryError('NOTE_LOCKED', 'the note is locked', { status: 423, help: 'wait' })
    if (kind === 'platform') throw locked
    if (kind === 'away') throw new TenantryError('TOKEN_SERVICE_DOWN', 'away', { status: 503, help: 'wait' })
    if (kind === 'wrapped') throw new TypeError('fetch failed', { cause: locked })
    throw new Error('the password is hunter2')
  }

  /** The effect of an event: a note with its id. */
  async take(event: ReceivedEvent, transaction: Transaction): Promise<void> {
    this.handled++
    await transaction.query('insert into notes (text) values ($1)', [event.id])
  }

  #pieces(kind: StreamKind): () => Promise<string | null> {
    this.handled++
    let asked = 0
    return async () => {
      const tenant = tenantHere()
      if (asked++ === 0) this.#tell()
      if (kind === 'stillborn') throw new Error('the password is hunter2')
      await setImmediate()
      if (kind === 'broken' && asked > 3) throw new Error('the password is hunter2')
      if (kind === 'whole' && asked > streamPieces) return null
      return `${JSON.stringify({ tenant, padding })}\n`
    }
  }

  get #database(): Pool {
    if (!this.db) throw new Error('this note service has no database')
    return this.db
  }

  #tell(): void {
    this.signals.emit('held', readScope() satisfies Scope | undefined)
  }
}
