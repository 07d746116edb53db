/** What an operator set for one tenant, in place of what its tier says. */
export interface LimitOverrides {
  readonly requestsPerSecond?: number
  readonly concurrency?: number
  readonly weight?: number
}
