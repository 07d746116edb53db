import { TenantryError } from '@tenantry/context'
import type { DirectoryTenant, LimitOverrides, Placement, TenantStatus } from '@tenantry/routing'
import type { Pool } from 'pg'

const schema = `
  create table if not exists tenants (
    id text primary key check (id ~ '^[a-z0-9](-?[a-z0-9])*$' and length(id) <= 40),
    tier text not null,
    status text not null check (status in ('onboarding', 'active', 'suspended')),
    placement json not null,
    silo text unique,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  alter table tenants add column if not exists limits jsonb`

const columns =
  'id, tier, status, placement, silo, limits, created_at as "createdAt", updated_at as "updatedAt"'

/** A tenant's row: what the directory tells, and when it came to be and was last changed. */
export interface CatalogTenant extends DirectoryTenant {
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What an operator changes of one tenant's limits; null goes back to what its tier says. */
export type LimitChanges = { readonly [Limit in keyof LimitOverrides]?: LimitOverrides[Limit] | null }

/** The control plane's own record of every tenant: the one place from which status, tier and placement are read. */
export class Catalog {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Makes the table, and adds what one of an earlier version has not; can be repeated. */
  async install(): Promise<void> {
    await this.#pool.query(schema)
  }

  /** All tenants, by id. */
  async list(): Promise<CatalogTenant[]> {
    const { rows } = await this.#pool.query<CatalogTenant>(`select ${columns} from tenants order by id`)
    return rows
  }

  /** The tenant; throws `TENANT_NOT_FOUND` (404). */
  async require(id: string): Promise<CatalogTenant> {
    const { rows } = await this.#pool.query<CatalogTenant>(`select ${columns} from tenants where id = $1`, [
      id,
    ])
    return rows[0] ?? notFound(id)
  }

  /**
   * Writes a new tenant down as `onboarding`. One that is already being onboarded to the same tier is given
   * back, so that onboarding can be driven on; any other is `TENANT_EXISTS` (409).
   */
  async begin(tenant: {
    id: string
    tier: string
    placement: Placement
    silo: string | null
  }): Promise<CatalogTenant> {
    const { rows } = await this.#pool.query<CatalogTenant>(
      `insert into tenants (id, tier, status, placement, silo) values ($1, $2, 'onboarding', $3, $4)
       on conflict (id) do nothing returning ${columns}`,
      [tenant.id, tenant.tier, tenant.placement, tenant.silo],
    )
    if (rows[0]) return rows[0]
    const known = await this.require(tenant.id)
    if (known.status === 'onboarding' && known.tier === tenant.tier) return known
    throw new TenantryError('TENANT_EXISTS', `there is already a tenant \`${tenant.id}\``, {
      status: 409,
      help: 'choose another id, or see it with `tenantry tenant show`',
    })
  }

  /** Writes down where tenants have services that are new to them, and the silo of one that had none: of all of them, or of none. */
  async place(tenants: readonly Pick<DirectoryTenant, 'id' | 'placement' | 'silo'>[]): Promise<void> {
    await this.#pool.query(
      `update tenants set placement = placed.placement, silo = coalesce(tenants.silo, placed.silo), updated_at = now()
       from json_to_recordset($1) as placed (id text, placement json, silo text) where tenants.id = placed.id`,
      [JSON.stringify(tenants.map(({ id, placement, silo }) => ({ id, placement, silo })))],
    )
  }

  /** Changes the status, when it is one of `from` or already `to`; throws `TENANT_STATUS` (409) otherwise. */
  async setStatus(id: string, from: TenantStatus, to: TenantStatus): Promise<CatalogTenant> {
    const { rows } = await this.#pool.query<CatalogTenant>(
      `update tenants set status = $3, updated_at = now() where id = $1 and status in ($2, $3) returning ${columns}`,
      [id, from, to],
    )
    if (rows[0]) return rows[0]
    const { status } = await this.require(id)
    throw new TenantryError('TENANT_STATUS', `tenant \`${id}\` is ${status}`, {
      status: 409,
      help: `only a tenant that is ${from} can become ${to}`,
    })
  }

  /** Sets the limits that are named, takes back those that are null, and leaves the others; `TENANT_NOT_FOUND` (404). */
  async setLimits(id: string, changes: LimitChanges): Promise<CatalogTenant> {
    const { rows } = await this.#pool.query<CatalogTenant>(
      `update tenants set limits = nullif(jsonb_strip_nulls(coalesce(limits, '{}') || $2), '{}'), updated_at = now()
       where id = $1 returning ${columns}`,
      [id, changes],
    )
    return rows[0] ?? notFound(id)
  }
}

function notFound(id: string): never {
  throw new TenantryError('TENANT_NOT_FOUND', `there is no tenant \`${id}\``, {
    status: 404,
    help: 'see all of them with `tenantry tenant list`',
  })
}
