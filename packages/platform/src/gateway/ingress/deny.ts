import { errorAnswer } from '@tenantry/context'
import { answerError } from '../answer-error.ts'
import type { Exchange } from '../exchange.ts'
import type { Ingress } from './ingress.ts'

/**
 * Refuses the request, with the answer that the gateway would give. For an ingress that hands only 401 and 403 on it is 401 or
 * 403, and `tenantry-status` and `tenantry-code` tell what it is.
 */
export function deny(exchange: Exchange, error: unknown, ingress: Ingress | undefined): void {
  const { response } = exchange
  if (!response.headersSent && ingress?.deniesOnlyBy403) {
    const { status, body } = errorAnswer(error, exchange.requestId)
    response.setHeader('tenantry-status', status)
    response.setHeader('tenantry-code', body.code)
    answerError(exchange, error, status === 401 ? 401 : 403)
  } else answerError(exchange, error)
}
