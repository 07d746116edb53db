import { isTenantId, TenantryError } from '@tenantry/context'
import { z } from 'zod'
import { apiKeysSchema } from './api-keys-config.ts'
import { findCostFaults } from './cost-config.ts'
import { deploySchema, findDeployFaults } from './deploy-config.ts'
import { environmentVariable } from './environment-variable.ts'
import { eventsSchema } from './events-config.ts'
import { explainSchema } from './explain-config.ts'
import { gatewaySchema } from './gateway-config.ts'
import { findIdentityFaults, identitySchema } from './identity-config.ts'
import { ingressSchema } from './ingress-config.ts'
import { limitsSchema, tierLimitsSchema } from './limits-config.ts'
import { metricsSchema } from './metrics-config.ts'
import { findOperatorFaults, operatorsSchema } from './operators-config.ts'
import { findResolverFaults, resolversSchema } from './resolvers/resolvers-config.ts'
import { findWorkloadFaults, workloadsSchema } from './workloads-config.ts'

const serviceName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'use lowercase letters, digits and hyphens')
const placementKind = z.enum(['pool', 'silo'])

const tierSchema = z.strictObject({
  /** One placement for all services, or one for each service with `*` for the rest. */
  placement: z.union([placementKind, z.record(z.string(), placementKind)]),
  /** What each of its tenants may ask of the gateway; all it wants, unless this says otherwise. */
  limits: tierLimitsSchema.prefault({}),
})

const adoptsSchema = z.strictObject({
  /** The environment variable with the URL that the service connects by, as its own role: `postgres://role:password@host/database`. */
  urlFrom: environmentVariable,
  /** The one with the URL of a superuser, which the control plane alone is given: it installs keys and suspensions. */
  provisionerUrlFrom: environmentVariable,
  schema: z.string().min(1).default('public'),
  /** The tenant column that its tables have. */
  column: z.string().min(1).default('organization_id'),
})

const serviceSchema = z.strictObject({
  /** The file that Node runs, relative to the configuration file. */
  entry: z.string().min(1),
  /** True for a service with no line of ours: it is started with `--import tenantry/register`. */
  register: z.boolean().default(false),
  /**
   * Paths that `GET` and `HEAD` reach without a token, such as an orchestrator's probe. They are answered outside every scope: what
   * belongs to tenants is out of their reach.
   */
  open: z.array(z.string().regex(/^\/[\w./-]*$/, 'use an exact path such as `/health`')).default([]),
  /** The folder of plain SQL migrations, files or `prisma migrate`'s folders, relative to the configuration file. */
  migrations: z.string().min(1).optional(),
  /** Tables of reference data that all tenants read and none writes; their rows come from the migrations. */
  shared: z.array(z.string().min(1).max(63)).default([]),
  /** Path prefixes that the gateway sends here; none means the service is reached by calls and events alone. */
  routes: z
    .array(z.string().regex(/^\/[a-z0-9-]+$/, 'use one lowercase path segment such as `/orders`'))
    .default([]),
  /** The services that this one may call. */
  calls: z.array(serviceName).default([]),
  /** The event types that are delivered here. */
  subscribes: z.array(z.string().min(1)).default([]),
  /** True where callers reach this service without the gateway: it exchanges their access tokens itself. */
  acceptsAccessTokens: z.boolean().default(false),
  /** The database that this service has already, with a tenant column of its own: `tenantry adopt` brings it under leases. */
  adopts: adoptsSchema.optional(),
  /**
   * What the token service gives this service by its own word alone: `work`, for tenants that its deployments serve;
   * `central`, to read what its databases hold of every tenant.
   */
  grants: z.array(z.enum(['work', 'central'])).default([]),
})

const databaseSchema = z.strictObject({
  /** How many connections each deployment's pool may hold at once. */
  connectionsPerDeployment: z
    .strictObject({
      pool: z.int().min(1).max(1_000).default(5),
      silo: z.int().min(1).max(1_000).default(3),
    })
    .prefault({}),
  /** What everything together may take of the server's connections; all that it allows unless this is less. */
  connectionsTotal: z.int().min(1).optional(),
  /**
   * The transaction pooler, such as PgBouncer, through which deployments reach their databases; the platform itself does
   * not. Weaker: every database then takes a lease on any connection of its role, for its 60 seconds at most.
   */
  pooler: z
    .strictObject({
      mode: z.literal('transaction'),
      host: z.string().min(1),
      port: z.int().min(1).max(65_535),
    })
    .optional(),
})

const configSchema = z.strictObject({
  /** `development` alone starts the demo identity provider and its users. */
  mode: z.enum(['development', 'production']).default('production'),
  /** The audience of transaction tokens: one name for all services that trust each other. */
  trustDomain: z.string().min(1),
  /** Whose access tokens are accepted: one issuer or several. */
  identity: identitySchema,
  /** Lets tenants' machines in by API keys; off without this. */
  apiKeys: apiKeysSchema.optional(),
  /** Who may sign in to the console, and where; without this it is on in development alone, for the demo's operator. */
  operators: operatorsSchema.optional(),
  /** How a request's address tells whose it is: by host, path or header. The token decides, and has to agree. */
  resolvers: resolversSchema,
  /** How the gateway listens: TLS, how many of it, and how long it waits. */
  gateway: gatewaySchema.prefault({}),
  /** Where an ingress that is not our gateway asks whether it may let a request in; off without this. */
  ingress: ingressSchema.optional(),
  /** How workloads prove who they are: by a key that each is given at its start, unless this says otherwise. */
  workloads: workloadsSchema.prefault({}),
  tiers: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/), tierSchema),
  services: z.record(serviceName, serviceSchema),
  /** Where events wait for their subscribers, in PostgreSQL or in NATS JetStream, and how long they are kept afterwards. */
  events: eventsSchema.prefault({}),
  /** How many requests deployments are sent at once, and where several gateways count together. */
  limits: limitsSchema.prefault({}),
  /** How much of requests that are over is kept, for `tenantry explain`. */
  explain: explainSchema.prefault({}),
  /** What is measured of tenants, and how long it is kept. */
  metrics: metricsSchema.prefault({}),
  /** The bounds of what is taken of the database server. */
  database: databaseSchema.prefault({}),
  /** What `tenantry deploy` writes manifests from. */
  deploy: deploySchema.prefault({}),
  /** Tenants that a first start onboards; only in development. */
  demo: z.strictObject({ tenants: z.record(z.string().refine(isTenantId), z.string()) }).optional(),
})

/** What a person writes into `tenantry.config.ts`. */
export type TenantryConfigInput = z.input<typeof configSchema>

/** A configuration that was read and found consistent. */
export type TenantryConfig = z.output<typeof configSchema>

/** One tier's declaration. */
export type TierConfig = TenantryConfig['tiers'][string]

/** One service's declaration. */
export type ServiceConfig = TenantryConfig['services'][string]

/** Gives `tenantry.config.ts` its types; what it declares is checked when it is read. */
export function defineConfig(config: TenantryConfigInput): TenantryConfigInput {
  return config
}

/**
 * Checks a configuration whole, so that one run names every fault.
 * Throws `CONFIG_INVALID` with the path and the mend of each.
 */
export function readConfig(input: unknown): TenantryConfig {
  const parsed = configSchema.safeParse(input)
  const faults = parsed.success
    ? findFaults(parsed.data)
    : parsed.error.issues.map((issue) => `\`${issue.path.join('.')}\`: ${issue.message}`)
  if (parsed.success && faults.length === 0) return parsed.data
  throw new TenantryError('CONFIG_INVALID', `the configuration is not valid: ${faults.join('; ')}`, {
    help: 'mend the named paths in tenantry.config.ts',
  })
}

function findFaults(config: TenantryConfig): string[] {
  return [
    ...findServiceFaults(config),
    ...findTierFaults(config),
    ...findModeFaults(config),
    ...findResolverFaults(config.resolvers, config.services),
    ...findCostFaults(config.metrics.cost, config.services),
  ]
}

function findServiceFaults({ services }: TenantryConfig): string[] {
  const faults: string[] = []
  const routed = new Map<string, string>()
  for (const [name, service] of Object.entries(services)) {
    if (service.shared.length > 0 && !service.migrations) {
      faults.push(`\`services.${name}.shared\`: name the folder of \`migrations\` that makes these tables`)
    }
    if (service.register && service.subscribes.length > 0) {
      faults.push(`\`services.${name}.register\`: events need a handler; use an adapter in place of it`)
    }
    if (service.adopts && (service.migrations || service.subscribes.length > 0)) {
      const other = service.migrations ? 'migrations' : 'subscribes'
      faults.push(
        `\`services.${name}.adopts\`: a database of its own has no \`${other}\` of ours; take it out`,
      )
    }
    if (service.grants.includes('central') && !service.migrations) {
      const why = service.adopts
        ? 'an adopted database is read across tenants by a role of its own, which adopting leaves as it was'
        : 'there is no database to read'
      faults.push(`\`services.${name}.grants\`: \`central\` needs \`migrations\`: ${why}`)
    }
    for (const called of service.calls) {
      if (!services[called]) faults.push(`\`services.${name}.calls\`: there is no service \`${called}\``)
    }
    for (const route of service.routes) {
      const other = routed.get(route)
      if (other) faults.push(`\`services.${name}.routes\`: \`${route}\` already goes to \`${other}\``)
      routed.set(route, name)
    }
  }
  return faults
}

function findTierFaults({ tiers, services, demo }: TenantryConfig): string[] {
  const faults: string[] = []
  for (const [name, { placement }] of Object.entries(tiers)) {
    for (const service of Object.keys(services)) {
      const kind = typeof placement === 'string' ? placement : (placement[service] ?? placement['*'])
      if (services[service]?.adopts && kind === 'silo')
        faults.push(
          `\`tiers.${name}.placement\`: \`${service}\` brings its own database, so it is in the pool`,
        )
    }
    if (typeof placement === 'string') continue
    for (const service of Object.keys(placement)) {
      if (service !== '*' && !services[service]) {
        faults.push(`\`tiers.${name}.placement\`: there is no service \`${service}\``)
      }
    }
    const uncovered = Object.keys(services).filter((service) => !placement[service] && !placement['*'])
    if (uncovered.length > 0) {
      faults.push(`\`tiers.${name}.placement\`: nothing for ${uncovered.join(', ')}; add them or \`*\``)
    }
  }
  for (const [tenant, tier] of Object.entries(demo?.tenants ?? {})) {
    if (!tiers[tier]) faults.push(`\`demo.tenants.${tenant}\`: there is no tier \`${tier}\``)
  }
  return faults
}

function findModeFaults(config: TenantryConfig): string[] {
  const { mode, identity, demo, events, workloads, deploy, database } = config
  const services = Object.keys(config.services)
  const faults = [
    ...findIdentityFaults(identity, mode),
    ...findOperatorFaults(config),
    ...findWorkloadFaults(workloads, { mode, services }),
    ...findDeployFaults(deploy, { services, ...database }),
  ]
  if (events.bus === 'nats' && !events.credentials && mode !== 'development')
    faults.push('`events.credentials`: who may write to the bus without them could fill it; name them')
  if (demo && mode !== 'development') faults.push('`demo`: only with `mode: development`')
  return faults
}
