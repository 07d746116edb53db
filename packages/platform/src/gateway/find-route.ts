import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'
import type { Step } from './exchange.ts'

const tables = new WeakMap<TenantryConfig, Map<string, string>>()

/** Finds the service that the path’s first segment is routed to. Throws `ROUTE_UNKNOWN` (404). */
export const findRoute: Step = ({ config }, exchange) => {
  const [segment = '/'] = /^\/[^/?]*/.exec(exchange.target) ?? []
  const service = routesOf(config).get(segment)
  if (!service) {
    throw new TenantryError('ROUTE_UNKNOWN', 'there is nothing here', {
      status: 404,
      help: 'see `routes` in tenantry.config.ts',
    })
  }
  exchange.service = service
}

function routesOf(config: TenantryConfig): Map<string, string> {
  let table = tables.get(config)
  if (!table) {
    const rows = Object.entries(config.services).flatMap(([name, { routes }]) =>
      routes.map((route) => [route, name] as const),
    )
    table = new Map(rows)
    tables.set(config, table)
  }
  return table
}
