import type { Dispatcher } from 'undici'
import { callerGone } from './caller-gone.ts'
import { type Exchange, found } from './exchange.ts'
import { deploymentDown } from './find-deployment.ts'
import { responseHeaders } from './forwarded-headers.ts'

/**
 * Sends a request and passes its answer on to the caller as it comes, no faster than the caller reads. Settles when the caller has all of it.
 * Rejects with what the sending failed with, with `CALLER_GONE` (499) and the deployment told, or with `DEPLOYMENT_DOWN` (503) when the
 * deployment does not serve the tenant any more.
 */
export function passAnswer(
  upstream: Dispatcher,
  exchange: Exchange,
  request: Dispatcher.DispatchOptions,
): Promise<void> {
  const { response } = exchange
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  if (response.closed) return Promise.reject(callerGone())
  let sending: Dispatcher.DispatchController | undefined
  response.once('close', () => {
    if (response.writableFinished) return resolve()
    // Whoever closed it first says why: an error of the deployment's has been told already.
    const gone = callerGone()
    reject(gone)
    sending?.abort(gone)
  })
  upstream.dispatch(request, {
    onRequestStart(controller) {
      sending = controller
      if (response.closed) controller.abort(callerGone())
    },
    onResponseStart(controller, status, headers) {
      if (status < 200) return
      // It moved between our look-up and the answer; the next one finds it.
      if (status === 421) controller.abort(deploymentDown(found(exchange, 'service')))
      else response.writeHead(status, responseHeaders(headers, exchange))
    },
    onResponseData(controller, chunk) {
      exchange.bytesOut += chunk.length
      if (response.write(chunk)) return
      controller.pause()
      response.once('drain', () => controller.resume())
    },
    onResponseEnd() {
      response.end()
    },
    onResponseError(_controller, error) {
      reject(error)
    },
  })
  return promise
}
