import type { IncomingMessage } from 'node:http'

/** What is known of a request once it is answered. `route` is its pattern, never its path: a client chooses paths. */
export interface AnsweredRequest {
  readonly request: IncomingMessage
  readonly route: string
  readonly status: number
  readonly durationS: number
}
