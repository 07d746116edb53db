import { TenantryError } from '@tenantry/context'
import { callerGone } from './caller-gone.ts'
import { type Exchange, found, type Step } from './exchange.ts'
import { findDeployment } from './find-deployment.ts'
import type { Turn } from './limits/deployment-queues.ts'

/**
 * Waits until the deployment has a place for one more request of this tenant. Tenants share the places by their weights, so one
 * that floods waits behind itself. Throws `DEPLOYMENT_BUSY` (503) when too many of its own wait already or it
 * waited for too long, and `CALLER_GONE` (499).
 */
export const takeTurn: Step = async (gateway, exchange) => {
  const { queues, config } = gateway
  const service = found(exchange, 'service')
  const turn = queues.enter(
    found(exchange, 'deployment'),
    found(exchange, 'tenant').id,
    found(exchange, 'weight'),
  )
  if (!turn) throw deploymentBusy(service)
  exchange.atEnd.push(turn.leave)
  exchange.leaveTurn = turn.leave
  if (turn.place.inFlight) return
  await turnOf(turn, exchange, config.limits.deployment.waitMs)
  // While it waited, the deployment's copies may have become others.
  await findDeployment(gateway, exchange)
}

async function turnOf({ place }: Turn, exchange: Exchange, waitMs: number): Promise<void> {
  const { response } = exchange
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(deploymentBusy(found(exchange, 'service'))), waitMs)
  const leave = () => reject(callerGone())
  place.onTurn = resolve
  response.once('close', leave)
  if (response.closed) leave()
  try {
    await promise
  } finally {
    clearTimeout(timer)
    response.off('close', leave)
  }
}

function deploymentBusy(service: string): TenantryError {
  return new TenantryError('DEPLOYMENT_BUSY', `\`${service}\` has more to do than it can at the moment`, {
    status: 503,
    help: 'send fewer requests at once; if it stays so, the service needs more copies',
  })
}
