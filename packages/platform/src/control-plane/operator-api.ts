import { randomUUID } from 'node:crypto'
import {
  errorAnswer,
  isTenantryError,
  requireTenantId,
  TenantryError,
  type TokenServiceClient,
} from '@tenantry/context'
import { type Directory, limitChangesSchema, type TenantryConfig } from '@tenantry/routing'
import Fastify, { type FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type ApplyRouteParts, addApplyRoutes } from './apply/apply-routes.ts'
import type { ChangeGate } from './apply/change-gate.ts'
import { readBody } from './bodies/read-body.ts'
import { guardOperatorApi, type OperatorApiGuard } from './console/guard-operator-api.ts'
import type { PlacementAudit } from './databases/placement-audit.ts'
import { addEventRoutes, type EventRouteParts } from './events/event-routes.ts'
import { addExplainRoute, type ExplainRouteParts } from './explain/explain-route.ts'
import { addRequestRoute } from './explain/request-route.ts'
import type { KeyRotation } from './keys/key-rotation.ts'
import { addMigrationRoutes } from './migrations/migration-routes.ts'
import type { MigrationRuns } from './migrations/migration-runs.ts'
import { type ApiKeyRouteParts, addApiKeyRoutes } from './tenants/api-key-routes.ts'
import type { Catalog } from './tenants/catalog.ts'
import type { Lifecycle } from './tenants/lifecycle.ts'
import { addCostRoutes, type CostRouteParts } from './usage/cost-routes.ts'
import { addUsageRoutes, type UsageRouteParts } from './usage/usage-routes.ts'

/** What the operators' API needs of the control plane. */
export interface OperatorApiParts {
  /** Who may ask, and where the console is. */
  readonly guard: OperatorApiGuard
  /** The configuration in force. */
  readonly config: TenantryConfig
  readonly catalog: Catalog
  readonly lifecycle: Lifecycle
  readonly directory: Directory
  readonly rotation: KeyRotation
  readonly migrations: MigrationRuns
  /** The signing keys of tokens, after the next one was made when it is asked for. */
  readonly tokenKeys: TokenServiceClient['tokenKeys']
  readonly apiKeys: ApiKeyRouteParts['apiKeys']
  readonly events: EventRouteParts
  readonly apply: ApplyRouteParts
  readonly gate: ChangeGate
  /** The processes that keep what `tenantry explain` tells of. */
  readonly hopKeepers: ExplainRouteParts['keepers']
  /** Gives the database at a URL its keys, and tells its name. */
  readonly installKeysAt: (url: string) => Promise<string>
  /** What the catalogs of all placements show. */
  readonly audit: () => Promise<readonly PlacementAudit[]>
  readonly usage: UsageRouteParts
  /** What things cost, and what was used of them. */
  readonly cost: CostRouteParts
  /** One Prometheus page of all processes. */
  readonly metrics: () => Promise<string>
}

const onboarding = z.strictObject({ id: z.string(), tier: z.string() })
const adoption = z.strictObject({ url: z.string() })

/** The API of the `tenantry` command and of the console: it answers operators, and anyone what is open. */
export function createOperatorApi(parts: OperatorApiParts): FastifyInstance {
  const { catalog, lifecycle, directory } = parts
  const app = Fastify({ bodyLimit: 64 * 1024, genReqId: () => randomUUID() })

  guardOperatorApi(app, parts.guard)
  parts.gate.addTo(app)
  app.setErrorHandler((error, request, reply) => {
    const told = asTenantryError(error)
    const { status, body } = errorAnswer(told, request.id)
    // Those who ask here are the ones who can take the next step.
    return reply.status(status).send(isTenantryError(told) ? { ...body, help: told.help } : body)
  })
  app.setNotFoundHandler(() => {
    throw new TenantryError('NOT_FOUND', 'there is nothing here', {
      status: 404,
      help: 'see `npx tenantry tenant --help` for what there is',
    })
  })

  app.get('/health', { config: { open: true } }, () => ({ status: 'ok' }))
  app.get('/metrics', { config: { metricsToken: true } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(await parts.metrics()),
  )
  app.get('/config', () => ({ config: parts.config }))
  app.get('/deployments', () => ({ deployments: [...directory.deployments.values()] }))
  app.get('/tenants', async () => ({ tenants: await catalog.list() }))
  app.get<{ Params: { id: string } }>('/tenants/:id', ({ params }) =>
    catalog.require(requireTenantId(params.id)),
  )
  app.post('/tenants', async ({ body }, reply) => {
    const { id, tier } = readBody(body, onboarding, '{"id": …, "tier": …}')
    return reply.status(201).send(await lifecycle.onboard(id, tier))
  })
  app.post<{ Params: { id: string } }>('/tenants/:id/suspend', ({ params }) => lifecycle.suspend(params.id))
  app.post<{ Params: { id: string } }>('/tenants/:id/activate', ({ params }) => lifecycle.activate(params.id))
  app.patch<{ Params: { id: string } }>('/tenants/:id/limits', ({ params, body }) => {
    const form = '{"requestsPerSecond": …, "concurrency": …, "weight": …}'
    return lifecycle.limit(params.id, readBody(body, limitChangesSchema, form))
  })
  app.get('/keys', () => parts.rotation.status())
  app.post('/keys/rotate', () => parts.rotation.rotate())
  app.get('/keys/tokens', async () => ({ keys: await parts.tokenKeys() }))
  app.post('/keys/tokens/rotate', async () => ({ keys: await parts.tokenKeys('rotate') }))
  app.post('/keys/install', { config: { adminTokenOnly: true } }, async ({ body }) => {
    const { url } = readBody(body, adoption, '{"url": …}')
    return { database: await parts.installKeysAt(url) }
  })
  app.get('/audit', async () => ({ placements: await parts.audit() }))
  addMigrationRoutes(app, parts.migrations)
  addEventRoutes(app, parts.events)
  addApiKeyRoutes(app, parts)
  addUsageRoutes(app, parts.usage)
  addCostRoutes(app, parts.cost)
  addApplyRoutes(app, parts.apply)
  addExplainRoute(app, { keepers: parts.hopKeepers, config: parts.config })
  addRequestRoute(app, parts.hopKeepers)
  return app
}

// Fastify's own refusals (bad JSON, too large a body) carry a status and a message that is safe to send.
function asTenantryError(error: unknown): unknown {
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message: string }
  if (error instanceof TenantryError || !statusCode || statusCode >= 500) return error
  return new TenantryError(code ?? 'BODY_INVALID', message, { status: statusCode, help: 'mend the request' })
}
