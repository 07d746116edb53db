import { isTenantryError, TenantryError } from '@tenantry/context'
import { configDigest, type Plan, planChange, readConfig, type TenantryConfig } from '@tenantry/routing'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readBody } from '../bodies/read-body.ts'
import { requireConnections } from '../databases/connection-budget.ts'
import { allTopologies } from '../deployments/topology.ts'
import type { CatalogTenant } from '../tenants/catalog.ts'
import { settleTenants } from '../tenants/settle-tenants.ts'
import type { RolloutReport } from './rollout-report.ts'

/** Whoever started the processes, and can renew them. */
export interface Supervisor {
  /** Begins to make a configuration hold. Rejects, before anything is changed, with `APPLY_BUSY`, `APPLY_NEEDS_RESTART` (409), or what it misses. */
  apply(config: TenantryConfig): Promise<RolloutReport>
  /** How the last one went, or goes; null before the first. */
  report(): Promise<RolloutReport | null>
}

/** What applying a configuration needs of the control plane. */
export interface ApplyRouteParts {
  /** The configuration in force. */
  readonly config: TenantryConfig
  /** The folder that its paths are relative to. */
  readonly configFolder: string
  readonly tenants: () => Promise<readonly CatalogTenant[]>
  readonly connectionsMax: () => Promise<number>
  readonly supervisor: Supervisor
}

/** What applying began with: the plan that was computed here, and how it goes; null where there was nothing to do. */
export interface ApplyAnswer {
  readonly plan: Plan
  readonly rollout: RolloutReport | null
}

const application = z.strictObject({
  config: z.record(z.string(), z.unknown()),
  folder: z.string(),
  against: z.string(),
})
const form = '{"config": …, "folder": …, "against": …}'

const bodyBytesMax = 4 * 1024 * 1024
const nowhere = { host: '', port: 0 }

/**
 * `POST /apply` makes another configuration hold on the running system, and answers 202 as soon as that has begun; `GET /apply` tells how it
 * goes. Nothing of what is sent is believed: it is read by the schema, planned, and compared with what is in force, here.
 */
export function addApplyRoutes(app: FastifyInstance, parts: ApplyRouteParts): void {
  const { config: inForce, supervisor } = parts
  app.post(
    '/apply',
    { bodyLimit: bodyBytesMax, config: { adminTokenOnly: true } },
    async ({ body }, reply) => {
      const { config, folder, against } = readBody(body, application, form)
      const next = readSent(config)
      if (folder !== parts.configFolder) throw otherFolder(parts.configFolder)
      // INVARIANT: what was shown is what is done. A plan that was made against another configuration is not carried out.
      if (against !== configDigest(inForce)) throw planStale()
      const tenants = await parts.tenants()
      const plan = planChange({ inForce, next, tenants })
      const settled = settleTenants(next, tenants)
      requireConnections(next, allTopologies(next, settled, nowhere), await parts.connectionsMax())
      if (plan.outcome === 'nothing') return { plan, rollout: null } satisfies ApplyAnswer
      return reply.status(202).send({ plan, rollout: await supervisor.apply(next) } satisfies ApplyAnswer)
    },
  )
  app.get('/apply', async () => ({ rollout: await supervisor.report() }))
}

function readSent(config: unknown): TenantryConfig {
  try {
    return readConfig(config)
  } catch (error) {
    if (!isTenantryError(error)) throw error
    const { code, message, help } = error
    throw new TenantryError(code, message, { status: 400, help })
  }
}

function otherFolder(configFolder: string): TenantryError {
  return new TenantryError('APPLY_FOLDER', `the system was started with a file in \`${configFolder}\``, {
    status: 409,
    help: 'put the changed file there: its paths are relative to its folder',
  })
}

function planStale(): TenantryError {
  return new TenantryError('PLAN_STALE', 'another configuration is in force than the plan was made against', {
    status: 409,
    help: 'run it again, and look at the new plan',
  })
}
