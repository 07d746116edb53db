import { TenantryError } from '@tenantry/context'
import { auditAdoption, readAdoption } from '@tenantry/isolation'
import type { DirectoryDeployment, TenantryConfig } from '@tenantry/routing'
import type { PlacementAudit } from '../databases/placement-audit.ts'
import { describeFailure } from '../databases/placement-migrations.ts'
import type { Provisioner } from '../databases/provisioner.ts'
import type { DatabaseCredentials } from '../deployments/deployer.ts'

/** How a database that a service has already is reached: by the service, and by whoever provisions. */
export interface AdoptedUrls {
  readonly url: string
  readonly provisionerUrl: string
}

/** The URLs by service, as the supervisor found them in the environment. */
export type AdoptedUrlsByService = Readonly<Record<string, AdoptedUrls>>

/**
 * Finds the URLs of every database that a service adopts. Throws `ADOPT_URL`, naming the variable, when one is missing or is no
 * URL of PostgreSQL with a role and a database, and when two services of different databases have one name for them.
 */
export function readAdoptedUrls(
  { services }: Pick<TenantryConfig, 'services'>,
  env: NodeJS.ProcessEnv,
): AdoptedUrlsByService {
  const found = Object.entries(services).flatMap(([service, { adopts }]) => {
    if (!adopts) return []
    const [url, provisionerUrl] = [adopts.urlFrom, adopts.provisionerUrlFrom].map((name) =>
      requireUrl(name, env[name]),
    )
    return [[service, { url, provisionerUrl } as AdoptedUrls] as const]
  })
  const servers = new Map<string, string>()
  for (const [service, { url, provisionerUrl }] of found) {
    const { host } = new URL(url)
    const name = databaseOf(url)
    if (name !== databaseOf(provisionerUrl)) throw otherDatabase(service)
    // Keys are derived for a database's name.
    if (name.startsWith('tenantry_') || (servers.get(name) ?? host) !== host) throw sameName(service)
    servers.set(name, host)
  }
  return Object.fromEntries(found)
}

/** The database's name in its URL. */
export function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

/** The role that a URL connects as. */
export function roleOf(url: string): string {
  return decodeURIComponent(new URL(url).username)
}

/** The databases that services brought along, beside those that placements are made of. */
export class AdoptedDatabases {
  readonly #urls: AdoptedUrlsByService
  readonly #provisioner: Provisioner
  readonly #config: Pick<TenantryConfig, 'services'>

  constructor(
    urls: AdoptedUrlsByService,
    { provisioner, config }: { provisioner: Provisioner; config: Pick<TenantryConfig, 'services'> },
  ) {
    this.#urls = urls
    this.#config = config
    this.#provisioner = provisioner
  }

  /** One deployment for each service that adopts a database, before any copy runs. */
  get deployments(): DirectoryDeployment[] {
    return Object.entries(this.#urls).map(([service, { url }]) => ({
      id: `${service}.pool`,
      service,
      tenant: null,
      database: databaseOf(url),
      role: roleOf(url),
      addresses: [],
    }))
  }

  /** How the deployment reaches its database; `undefined` for one on a database of ours. */
  credentials({ service }: DirectoryDeployment): Omit<DatabaseCredentials, 'connections'> | undefined {
    const urls = this.#urls[service]
    if (!urls) return undefined
    const { hostname, port, password } = new URL(urls.url)
    return {
      host: decodeURIComponent(hostname),
      port: Number(port || 5432),
      database: databaseOf(urls.url),
      user: roleOf(urls.url),
      password: decodeURIComponent(password),
      pooler: false,
      adopted: true,
      url: urls.url,
    }
  }

  /** What isolation is worth in each service's database. Never rejects: what kept one from being read is told. */
  audit(): Promise<PlacementAudit[]> {
    const audits = Object.entries(this.#urls).map(async ([service, { url }]): Promise<PlacementAudit> => {
      const { schema = '', column = '' } = this.#config.services[service]?.adopts ?? {}
      const about = { database: databaseOf(url), tenant: null, adopted: true }
      return this.#provisioner
        .inDatabase(about.database, (client) => auditAdoption(client, { schema, column, role: roleOf(url) }))
        .then(
          (audit) => ({ ...about, audit, failure: null }),
          (error: unknown) => ({ ...about, audit: null, failure: describeFailure(error) }),
        )
    })
    return Promise.all(audits)
  }

  /** The databases that `tenantry adopt` brought under leases by now, by name; one that cannot be asked counts as one. */
  async names(): Promise<string[]> {
    const all = [
      ...new Set(Object.values(this.#urls).map(({ provisionerUrl }) => databaseOf(provisionerUrl))),
    ]
    const adopted = await Promise.all(
      all.map((name) =>
        this.#provisioner.inDatabase(name, readAdoption).then(
          (tables) => tables.length > 0,
          () => true,
        ),
      ),
    )
    return all.filter((_, index) => adopted[index])
  }
}

function requireUrl(variable: string, value: string | undefined): string {
  if (value !== undefined && /^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? '')) {
    if (databaseOf(value) && roleOf(value)) return value
  }
  throw new TenantryError(
    'ADOPT_URL',
    `\`${variable}\` of the environment is no URL of a PostgreSQL database`,
    {
      help: `set it to \`postgres://role:password@host:port/database\``,
    },
  )
}

function otherDatabase(service: string): TenantryError {
  return new TenantryError('ADOPT_URL', `the two URLs of \`${service}\` name different databases`, {
    help: 'let both end in the database that the service connects to',
  })
}

function sameName(service: string): TenantryError {
  return new TenantryError('ADOPT_URL', `the database of \`${service}\` has the name of another one`, {
    help: 'keys are derived for a database’s name: rename one of them; names with `tenantry_` are ours',
  })
}
