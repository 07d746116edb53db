/** Why a call to the control plane came to nothing: its answer's code, message and next step, or what befell the call. */
export class ApiError extends Error {
  readonly code: string
  /** Of the answer; 0 where there was none. */
  readonly status: number
  /** The next step, where one is known. */
  readonly help: string | undefined
  readonly requestId: string | undefined

  constructor(
    code: string,
    message: string,
    {
      status,
      help,
      requestId,
    }: { status: number; help?: string | undefined; requestId?: string | undefined },
  ) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
    this.help = help
    this.requestId = requestId
  }

  /** Whatever was thrown, as one of these. */
  static from(error: unknown): ApiError {
    if (error instanceof ApiError) return error
    const message = error instanceof Error ? error.message : String(error)
    return new ApiError('CONSOLE_FAULT', message, { status: 0, help: 'reload the page' })
  }

  /** True where this control plane has no such call, as one of an earlier version has not. */
  get isAbsent(): boolean {
    return this.status === 404 && this.code === 'NOT_FOUND'
  }
}
