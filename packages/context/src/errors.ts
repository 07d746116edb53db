/** What an error of Tenantry carries besides its message. */
export interface TenantryErrorOptions {
  /** The next action for whoever reads this, one sentence. */
  help: string
  /** The HTTP status that answers a request which failed so; 500 unless given. */
  status?: number
  /** For operators only: never sent to a caller. */
  details?: Record<string, unknown>
  cause?: unknown
}

/**
 * The one error class of the house. `code` is stable (`AREA_FACT`) and safe to match on; `message` is one
 * lowercase line that is safe to send to a caller; `details` and `cause` stay inside.
 */
export class TenantryError extends Error {
  override readonly name = 'TenantryError'
  readonly code: string
  readonly help: string
  readonly status: number
  readonly details: Record<string, unknown>

  constructor(code: string, message: string, options: TenantryErrorOptions) {
    super(message, { cause: options.cause })
    this.code = code
    this.help = options.help
    this.status = options.status ?? 500
    this.details = options.details ?? {}
  }
}

/** True for an error of Tenantry, also one made by another copy of this package. */
export function isTenantryError(value: unknown): value is TenantryError {
  return value instanceof Error && value.name === 'TenantryError' && 'code' in value && 'status' in value
}

/** The body of every error answer that the platform itself gives. */
export interface ErrorAnswer {
  code: string
  message: string
  request_id: string
}

/**
 * What a caller may know of `error`: an error of ours gives its code and message, any other gives
 * `INTERNAL` and nothing more.
 */
export function errorAnswer(
  error: unknown,
  requestId: string,
): { status: number; headers: Readonly<Record<string, string>>; body: ErrorAnswer } {
  if (isTenantryError(error)) {
    const { status, code, message } = error
    return { status, headers: headersOf(status), body: { code, message, request_id: requestId } }
  }
  return {
    status: 500,
    headers: {},
    body: { code: 'INTERNAL', message: 'internal error', request_id: requestId },
  }
}

// What is away is looked for again in a second (RFC 9110, 10.2.3).
function headersOf(status: number): Readonly<Record<string, string>> {
  return status === 503 ? { 'retry-after': '1' } : {}
}
