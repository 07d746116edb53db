import { TenantryError } from '@tenantry/context'
import type { CatalogTenant } from './catalog.ts'
import type { KeyStatus } from './key-rotation.ts'

/** A tenant as the operators' API gives it: times are RFC 3339 texts. */
export type TenantAnswer = Omit<CatalogTenant, 'createdAt' | 'updatedAt'> & {
  createdAt: string
  updatedAt: string
}

/**
 * The operators' API, for the CLI and whoever scripts it. Rejects with the answer's code, or with
 * `CONTROL_PLANE_DOWN` (503) when it does not answer.
 */
export class ControlPlaneClient {
  readonly #url: string
  readonly #adminToken: string

  constructor(options: { url: string; adminToken: string }) {
    this.#url = options.url
    this.#adminToken = options.adminToken
  }

  /** All tenants, by id. */
  async tenants(): Promise<TenantAnswer[]> {
    return (await this.#ask<{ tenants: TenantAnswer[] }>('GET', '/tenants')).tenants
  }

  /** One tenant; `TENANT_NOT_FOUND` (404). */
  tenant(id: string): Promise<TenantAnswer> {
    return this.#ask('GET', `/tenants/${encodeURIComponent(id)}`)
  }

  /** Onboards a tenant and settles when it is active; `TENANT_ID_INVALID`, `TIER_UNKNOWN` (400), `TENANT_EXISTS` (409). */
  onboard(id: string, tier: string): Promise<TenantAnswer> {
    return this.#ask('POST', '/tenants', { id, tier })
  }

  /** Refuses the tenant everywhere, within 5 s; `TENANT_NOT_FOUND` (404), `TENANT_STATUS` (409). */
  suspend(id: string): Promise<TenantAnswer> {
    return this.#ask('POST', `/tenants/${encodeURIComponent(id)}/suspend`)
  }

  /** Serves a suspended tenant again; `TENANT_NOT_FOUND` (404), `TENANT_STATUS` (409). */
  activate(id: string): Promise<TenantAnswer> {
    return this.#ask('POST', `/tenants/${encodeURIComponent(id)}/activate`)
  }

  /** The keys of leases, and which of them each database has. */
  keys(): Promise<KeyStatus> {
    return this.#ask('GET', '/keys')
  }

  /**
   * Replaces the key of leases, or goes on with it, and settles when the new one signs; `KEYS_NOT_INSTALLED` (503),
   * `LEASE_KEY_STEP` (409).
   */
  rotateKeys(): Promise<KeyStatus> {
    return this.#ask('POST', '/keys/rotate')
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#adminToken}` }
    if (body) headers['content-type'] = 'application/json'
    let answer: Response
    try {
      answer = await fetch(`${this.#url}${path}`, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
      })
    } catch (cause) {
      throw new TenantryError('CONTROL_PLANE_DOWN', `the control plane at ${this.#url} does not answer`, {
        status: 503,
        help: 'run `npm start` first, or name another state folder in `TENANTRY_HOME`',
        cause,
      })
    }
    const told = (await answer.json()) as T & { code?: string; message?: string; help?: string }
    if (answer.ok) return told
    throw new TenantryError(
      told.code ?? 'CONTROL_PLANE_ANSWER',
      told.message ?? `it answered ${answer.status}`,
      {
        status: answer.status,
        help: told.help ?? 'see the log of the control plane',
      },
    )
  }
}
