import type { DriverConnection } from './driver.ts'

const ofStatement = new Set(['parseComplete', 'bindComplete', 'commandComplete'])
const ofBatch = new Set([...ofStatement, 'rowDescription', 'dataRow', 'readyForQuery'])

/** Keeps the answers to what we send by ourselves from the statement that follows in the same piece. */
export class OwnAnswers {
  readonly #awaited: ('statement' | 'batch')[] = []
  readonly #connection: DriverConnection

  readonly #emit: DriverConnection['emit']

  constructor(connection: DriverConnection) {
    this.#connection = connection
    this.#emit = connection.emit
  }

  /** The answers to one statement, or to a batch with its end, come next after those that are awaited already. */
  expect(of: 'statement' | 'batch'): void {
    this.#awaited.push(of)
    this.#connection.emit = this.#filter
  }

  // In the way of the driver's events only while something is awaited.
  readonly #filter: DriverConnection['emit'] = (event, ...args) => {
    const taken = this.#takes(event, args)
    if (this.#awaited.length === 0) this.#connection.emit = this.#emit
    return taken || this.#emit.call(this.#connection, event, ...args)
  }

  #takes(event: string, args: unknown[]): boolean {
    const isBatch = this.#awaited[0] === 'batch'
    if (event === 'errorMessage') {
      this.#awaited.length = 0
      // Nothing may run on a connection whose reset was refused. A statement's error is that of what it goes before.
      if (isBatch) this.#connection.stream.destroy(args[0] as Error)
      return isBatch
    }
    if (event === (isBatch ? 'readyForQuery' : 'commandComplete')) this.#awaited.shift()
    return (isBatch ? ofBatch : ofStatement).has(event)
  }
}
