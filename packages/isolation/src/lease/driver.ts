/** The parts of a driver's query object that a statement's answers pass through; cursors and streams have them too. */
export interface DriverQuery {
  text?: string
  name?: string
  values?: unknown[]
  rows?: number
  binary?: boolean
  queryMode?: string
  /** A stream's own. */
  cursor?: { text: string }
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
  readonly stream: { cork(): void; uncork(): void; write(bytes: Buffer): void; destroy(error: Error): void }
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

/** What a statement says. */
export function textOf(query: DriverQuery): string {
  return query.text ?? query.cursor?.text ?? ''
}

/** Makes a statement say something else. */
export function setText(query: DriverQuery, text: string): void {
  if (query.cursor) query.cursor.text = text
  else query.text = text
}
