/** Tells a process that another one has taken its place: it ends once what is under way there is over. */
export interface Retirement {
  readonly type: 'retire'
  /** For how long it may take. */
  readonly drainMs: number
}

/** The retirement that a process was told of, when `message` is that. */
export function readRetirement(message: unknown): Retirement | undefined {
  const told = message as Retirement | null
  return told?.type === 'retire' ? told : undefined
}
