import type { Dispatcher } from 'undici'

const misdirected = 421

/**
 * Passes an answer on to `handler`, unless it shows that the route was stale and `onStale` takes the request over: it is 421, or the connection
 * was refused. In neither case has anybody begun to handle it.
 */
export class StaleRouteHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #onStale: () => boolean
  #takenOver = false

  constructor(handler: Dispatcher.DispatchHandler, onStale: () => boolean) {
    this.#handler = handler
    this.#onStale = onStale
  }

  onRequestStart(...args: Parameters<Required<Dispatcher.DispatchHandler>['onRequestStart']>): void {
    this.#handler.onRequestStart?.(...args)
  }

  onRequestUpgrade(...args: Parameters<Required<Dispatcher.DispatchHandler>['onRequestUpgrade']>): void {
    this.#handler.onRequestUpgrade?.(...args)
  }

  onResponseStart(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseStart']>): void {
    const [, status] = args
    this.#takenOver = status === misdirected && this.#onStale()
    if (!this.#takenOver) this.#handler.onResponseStart?.(...args)
  }

  onResponseData(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseData']>): void {
    if (!this.#takenOver) this.#handler.onResponseData?.(...args)
  }

  onResponseEnd(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseEnd']>): void {
    if (!this.#takenOver) this.#handler.onResponseEnd?.(...args)
  }

  onResponseError(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseError']>): void {
    const [, error] = args
    if (!this.#takenOver && isRefused(error)) this.#takenOver = this.#onStale()
    if (!this.#takenOver) this.#handler.onResponseError?.(...args)
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.()
  }

  onBodySent(chunk: Buffer): void {
    this.#handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.()
  }
}

/** True for an error that says that nobody listens there, so that nothing was sent. */
export function isRefused(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
}
