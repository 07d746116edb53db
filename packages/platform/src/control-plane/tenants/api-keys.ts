import { randomBytes } from 'node:crypto'
import { TenantryError } from '@tenantry/context'
import { type ApiKey, generateApiKey, hashApiKey } from '@tenantry/routing'
import type { Pool } from 'pg'
import type { DirectoryPublisher } from './directory-publisher.ts'

const schema = `
  create table if not exists api_keys (
    id text primary key,
    hash text not null unique,
    tenant text not null references tenants (id) on delete cascade,
    name text,
    role text,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
  )`

const columns =
  'id, tenant, name, role, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt"'

/** What operators see of a key: never the key, nor its hash. */
export interface CatalogApiKey {
  readonly id: string
  readonly tenant: string
  readonly name: string | null
  readonly role: string | null
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

/** What a new key is made of. */
export interface ApiKeyOptions {
  readonly tenant: string
  readonly name?: string | undefined
  readonly role?: string | undefined
  /** For how long it is good; for ever unless this says otherwise. */
  readonly lifetimeMs?: number | undefined
}

/** The API keys of all tenants, in the catalog, and told to those who verify them. */
export class ApiKeys {
  readonly #pool: Pool
  readonly #publisher: DirectoryPublisher

  constructor(pool: Pool, publisher: DirectoryPublisher) {
    this.#pool = pool
    this.#publisher = publisher
  }

  /** Makes the table; can be repeated, once the tenants' is there. */
  async install(): Promise<void> {
    await this.#pool.query(schema)
  }

  /** Tells those who follow the directory of all keys that are good. To be called after each snapshot. */
  async publish(): Promise<void> {
    const { rows } = await this.#pool.query<ApiKey & { expiresAt: Date | null }>(
      'select id, hash, tenant, role, expires_at as "expiresAt" from api_keys where revoked_at is null and (expires_at is null or expires_at > now())',
    )
    for (const { expiresAt, ...key } of rows)
      this.#tell({ ...key, expiresAtMs: expiresAt?.getTime() ?? null })
  }

  /** Makes a key. It is in this answer and nowhere else: what is kept is its hash. The tenant has to be there. */
  async create({ tenant, name, role, lifetimeMs }: ApiKeyOptions): Promise<CatalogApiKey & { key: string }> {
    const [id, key] = [randomBytes(6).toString('hex'), generateApiKey()]
    const hash = hashApiKey(key)
    const expiresAt = lifetimeMs === undefined ? null : new Date(Date.now() + lifetimeMs)
    const { rows } = await this.#pool.query<CatalogApiKey>(
      `insert into api_keys (id, hash, tenant, name, role, expires_at) values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
      [id, hash, tenant, name ?? null, role ?? null, expiresAt],
    )
    this.#tell({ id, hash, tenant, role: role ?? null, expiresAtMs: expiresAt?.getTime() ?? null })
    return { ...(rows[0] as CatalogApiKey), key }
  }

  /** A tenant's keys, the newest first, with those that are good no longer. */
  async list(tenant: string): Promise<CatalogApiKey[]> {
    const { rows } = await this.#pool.query<CatalogApiKey>(
      `select ${columns} from api_keys where tenant = $1 order by created_at desc, id`,
      [tenant],
    )
    return rows
  }

  /** Ends a key, everywhere within 5 s; one that was revoked stays so. Throws `API_KEY_NOT_FOUND` (404). */
  async revoke(id: string): Promise<CatalogApiKey> {
    const { rows } = await this.#pool.query<CatalogApiKey>(
      `update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning ${columns}`,
      [id],
    )
    const [revoked] = rows
    if (!revoked) {
      throw new TenantryError('API_KEY_NOT_FOUND', 'there is no such API key', {
        status: 404,
        help: 'see a tenant’s with `tenantry key list <tenant>`; a key is named by its id',
      })
    }
    this.#publisher.publish({ type: 'api-key-revoked', id })
    return revoked
  }

  #tell(apiKey: ApiKey): void {
    this.#publisher.publish({ type: 'api-key', apiKey })
  }
}
