import { requireTenantId, TenantryError } from '@tenantry/context'
import { duration, durationMs, type TenantryConfig } from '@tenantry/routing'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readBody } from '../bodies/read-body.ts'
import type { ApiKeys } from './api-keys.ts'
import type { Catalog } from './catalog.ts'

/** What operators do with API keys needs these. */
export interface ApiKeyRouteParts {
  readonly apiKeys: ApiKeys
  readonly catalog: Catalog
  readonly config: TenantryConfig
}

const creation = z.strictObject({
  name: z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u, 'give a name of 1 to 64 characters')
    .optional(),
  role: z
    .string()
    .regex(/^[\w:.-]{1,64}$/, 'use a role such as `seller`')
    .optional(),
  expires: duration.optional(),
})

/** `POST` and `GET /tenants/:id/api-keys` make keys and list them, `POST /api-keys/:id/revoke` ends one. */
export function addApiKeyRoutes(app: FastifyInstance, { apiKeys, catalog, config }: ApiKeyRouteParts): void {
  app.post<{ Params: { id: string } }>('/tenants/:id/api-keys', async ({ params, body }, reply) => {
    const { name, role, expires } = readBody(body, creation, '{"name": …, "role": …, "expires": "90d"}')
    if (!config.apiKeys) throw undeclared()
    const { id: tenant } = await catalog.require(requireTenantId(params.id))
    const lifetimeMs = expires === undefined ? undefined : durationMs(expires)
    return reply.status(201).send(await apiKeys.create({ tenant, name, role, lifetimeMs }))
  })
  app.get<{ Params: { id: string } }>('/tenants/:id/api-keys', async ({ params }) => {
    const { id } = await catalog.require(requireTenantId(params.id))
    return { keys: await apiKeys.list(id) }
  })
  app.post<{ Params: { id: string } }>('/api-keys/:id/revoke', ({ params }) => apiKeys.revoke(params.id))
}

function undeclared(): TenantryError {
  return new TenantryError('API_KEYS_UNDECLARED', 'no request is let in by an API key here', {
    status: 409,
    help: 'declare `apiKeys: {}` in tenantry.config.ts, and run `npx tenantry apply`',
  })
}
