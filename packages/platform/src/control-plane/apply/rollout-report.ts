/** One thing that was done to make a configuration hold. */
export interface RolloutStep {
  /** The process, such as `gateway` or `order.pool`. */
  readonly process: string
  /** `renewed`: another took its place; `told`: it goes on, and knows of the change; `started` and `stopped` of what was not, or is no more. */
  readonly did: 'renewed' | 'started' | 'stopped' | 'told'
  readonly ms: number
}

/** How a configuration came to hold, or did not. */
export interface RolloutReport {
  readonly id: string
  readonly state: 'running' | 'done' | 'failed'
  /** What was done, in its order. */
  readonly steps: readonly RolloutStep[]
  /** From its beginning until it was over, or until now. */
  readonly ms: number
  /** Why it failed; the former configuration was then put back. */
  readonly failure: { readonly code: string; readonly message: string; readonly help: string } | null
  /** What could not be put back after a failure, in words. */
  readonly left: readonly string[]
}
