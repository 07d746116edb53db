import type { Dispatcher } from 'undici'

const misdirected = 421

/** Passes an answer on to `handler`, unless it is 421 and `onMisdirected` takes the request over. */
export class MisdirectedHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #onMisdirected: () => boolean
  #takenOver = false

  constructor(handler: Dispatcher.DispatchHandler, onMisdirected: () => boolean) {
    this.#handler = handler
    this.#onMisdirected = onMisdirected
  }

  onRequestStart(...args: Parameters<Required<Dispatcher.DispatchHandler>['onRequestStart']>): void {
    this.#handler.onRequestStart?.(...args)
  }

  onRequestUpgrade(...args: Parameters<Required<Dispatcher.DispatchHandler>['onRequestUpgrade']>): void {
    this.#handler.onRequestUpgrade?.(...args)
  }

  onResponseStart(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseStart']>): void {
    const [, status] = args
    this.#takenOver = status === misdirected && this.#onMisdirected()
    if (!this.#takenOver) this.#handler.onResponseStart?.(...args)
  }

  onResponseData(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseData']>): void {
    if (!this.#takenOver) this.#handler.onResponseData?.(...args)
  }

  onResponseEnd(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseEnd']>): void {
    if (!this.#takenOver) this.#handler.onResponseEnd?.(...args)
  }

  onResponseError(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseError']>): void {
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
