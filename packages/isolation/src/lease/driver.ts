/** The parts of a driver's query object that a statement's answers pass through; cursors and streams have them too. */
export interface DriverQuery {
  text?: string
  name?: string
  values?: unknown[]
  rows?: number
  binary?: boolean
  queryMode?: string
  callback?: (error: Error | null, result: unknown) => void
  submit(connection: DriverConnection): unknown
  handleRowDescription(message: RowDescription): void
  handleDataRow(message: { fields: unknown[] }): void
  handleCommandComplete(message: unknown, connection: DriverConnection): void
  handleError(error: Error, connection: DriverConnection): void
}

/** What a server says of the columns that it will send. */
export interface RowDescription {
  readonly fields: { name: string }[]
}

/** The driver's connection, as far as it sends the protocol's messages and emits what is answered. */
export interface DriverConnection {
  readonly stream: { cork(): void; uncork(): void; destroy(error: Error): void }
  readonly parsedStatements: Record<string, string>
  readonly submittedNamedStatements: Record<string, string>
  emit(event: string, ...args: unknown[]): boolean
  query(text: string): void
  parse(message: { name: string; text: string }): void
  bind(message: { statement: string; portal: string; values: unknown[] }): void
  describe(message: unknown): void
  execute(message: { portal: string; rows: number }): void
  close(message: { type: 'S'; name: string }): void
  sync(): void
}

/** What the leased client needs to know of the driver's own state. */
export interface DriverClient {
  readonly connection: DriverConnection
  readonly processID: number
  readonly readyForQuery: boolean
  readonly _queryQueue: DriverQuery[]
  getTransactionStatus(): 'I' | 'T' | 'E' | null
}

/** Sends what `send` sends in one piece. */
export function inOnePiece<T>({ stream }: DriverConnection, send: () => T): T {
  stream.cork()
  try {
    return send()
  } finally {
    stream.uncork()
  }
}

/**
 * Keeps the answers of a batch of ours, up to and with its end, from the statement that follows in the same piece.
 * A refusal breaks the connection: nothing may run on one whose batch was refused.
 */
export function swallowBatch(connection: DriverConnection): void {
  const answers = new Set(['parseComplete', 'bindComplete', 'rowDescription', 'dataRow', 'commandComplete'])
  const { emit } = connection
  connection.emit = (event, ...args) => {
    if (answers.has(event)) return true
    if (event !== 'readyForQuery' && event !== 'errorMessage') return emit.call(connection, event, ...args)
    connection.emit = emit
    if (event === 'errorMessage') connection.stream.destroy(args[0] as Error)
    return true
  }
}
