import { TenantryError } from '@tenantry/context'
import { limitsOf, type TenantLimits } from '@tenantry/routing'
import { type Exchange, found, type Gateway, type Step } from './exchange.ts'
import { rateLimitHeaders, retryAfterS } from './limits/rate-limit-headers.ts'

/**
 * Holds the tenant to its rate and its concurrency, by what its tier says or an operator set for it alone, and tells in
 * every answer what is left. Throws `LIMIT_EXCEEDED` (429), with `Retry-After` (RFC 6585, 4).
 */
export const limitTenant: Step = (gateway, exchange) =>
  holdTo(limitsOf(gateway.config, found(exchange, 'tenant')), gateway, exchange)

/** Holds the tenant to its rate alone: for requests whose end is not seen. */
export const limitRate: Step = (gateway, exchange) =>
  holdTo({ ...limitsOf(gateway.config, found(exchange, 'tenant')), concurrency: null }, gateway, exchange)

async function holdTo(limits: TenantLimits, { limiter }: Gateway, exchange: Exchange): Promise<void> {
  exchange.weight = limits.weight
  if (limits.rate === null && limits.concurrency === null) return
  const verdict = await limiter.admit(found(exchange, 'tenant').id, limits)
  exchange.atEnd.push(verdict.release)
  const { response } = exchange
  for (const [name, value] of Object.entries(rateLimitHeaders(limits, verdict)))
    response.setHeader(name, value)
  if (verdict.refusedBy === null) return
  exchange.limitedBy = verdict.refusedBy
  response.setHeader('retry-after', retryAfterS(verdict))
  throw limitExceeded(verdict.refusedBy, limits)
}

function limitExceeded(
  refusedBy: 'rate' | 'concurrency',
  { rate, concurrency }: TenantLimits,
): TenantryError {
  const fact =
    refusedBy === 'rate'
      ? `more than ${rate?.requestsPerSecond} requests a second`
      : `more than ${concurrency} requests at once`
  return new TenantryError('LIMIT_EXCEEDED', `${fact} for this tenant`, {
    status: 429,
    help: 'wait as long as `Retry-After` says; an operator can raise it with `tenantry limit`',
  })
}
