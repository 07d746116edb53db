/** How a request ended; `ingress` is who asked about it, where it was one. */
export interface ExchangeOutcome {
  readonly failure: unknown
  readonly durationMs: number
  readonly ingress?: string | undefined
}
