import { type TenantContext, TenantryError } from '@tenantry/context'
import { askControlPlane, type ControlPlane } from './ask-control-plane.ts'

/** Finds the origin of the deployment that serves this tenant for `service`. */
export interface RouteResolver {
  /**
   * Throws `ROUTING_REFUSED` (403) when this workload does not declare the call, `DEPLOYMENT_DOWN` (503) when no
   * copy runs or the control plane cannot be asked and nothing recent is known.
   */
  resolve(context: TenantContext, service: string): Promise<string>
  /** Forgets what is known of this tenant and service, after an answer that says the route is stale. */
  forget(tenantId: string, service: string): void
}

interface Route {
  readonly address: string
  readonly learnedAtMs: number
}

const freshMs = 2_000
const staleMs = 60_000
const entriesMax = 10_000

/**
 * Asks the control plane, per tenant and service, and remembers the answer for 2 s; while the control plane is
 * away, an answer serves for 60 s. A service learns the routes of the tenants whose tokens reach it and no others.
 */
export function createRouteResolver(controlPlane: ControlPlane): RouteResolver {
  const routes = new Map<string, Route>()
  const asking = new Map<string, Promise<string>>()

  async function ask(key: string, context: TenantContext, service: string): Promise<string> {
    try {
      const address = await askForRoute(controlPlane, context, service)
      if (routes.size >= entriesMax) routes.delete(routes.keys().next().value ?? '')
      routes.set(key, { address, learnedAtMs: Date.now() })
      return address
    } catch (error) {
      const known = routes.get(key)
      const unreachable = error instanceof TenantryError && error.code === 'CONTROL_PLANE_DOWN'
      if (unreachable && known && Date.now() - known.learnedAtMs < staleMs) return known.address
      throw error
    }
  }

  return {
    resolve(context, service) {
      // A slug holds no slash, so two different pairs never share a key.
      const key = `${context.tenant.id}/${service}`
      const known = routes.get(key)
      if (known && Date.now() - known.learnedAtMs < freshMs) return Promise.resolve(known.address)
      let answer = asking.get(key)
      if (!answer) {
        answer = ask(key, context, service).finally(() => asking.delete(key))
        asking.set(key, answer)
      }
      return answer
    },
    forget(tenantId, service) {
      routes.delete(`${tenantId}/${service}`)
    },
  }
}

async function askForRoute(
  controlPlane: ControlPlane,
  { token }: TenantContext,
  service: string,
): Promise<string> {
  const headers = { 'txn-token': token }
  const { status, body } = await askControlPlane(controlPlane, { path: `/routes/${service}`, headers })
  const { address, code, message } = body as { address?: string; code?: string; message?: string }
  if (status === 200 && address) return address
  throw new TenantryError(code ?? 'ROUTING_REFUSED', message ?? 'the route was refused', {
    status: status === 200 ? 502 : status,
    help: `declare \`${service}\` in \`calls\`, and see that its deployment runs`,
  })
}
