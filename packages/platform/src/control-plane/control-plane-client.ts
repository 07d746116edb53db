// Over 250 lines because it is one list: a method for each call of the operators’ API.
import { isTenantryError, TenantryError, type TokenKeyState } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'
import type { ApplyAnswer } from './apply/apply-routes.ts'
import type { RolloutReport } from './apply/rollout-report.ts'
import type { PlacementAudit } from './databases/placement-audit.ts'
import type { PlacementMigrations } from './databases/placement-migrations.ts'
import type { DiscardOptions } from './events/discard-events.ts'
import type { EventAnswer, EventKey, EventLagAnswer, EventList } from './events/event-answers.ts'
import type { ListOptions } from './events/list-events.ts'
import { readEventStream } from './events/read-event-stream.ts'
import type { ReplayAnswer, ReplayOptions } from './events/replay-events.ts'
import type { ShowOptions } from './events/show-events.ts'
import type { Explanation } from './explain/explanation.ts'
import type { KeyStatus } from './keys/key-status.ts'
import type { MigrationMessage } from './migrations/migration-routes.ts'
import type { MigrationOptions, MigrationOutcome } from './migrations/migration-runs.ts'
import type { CatalogApiKey } from './tenants/api-keys.ts'
import type { CatalogTenant, LimitChanges } from './tenants/catalog.ts'
import type { CostAnswer } from './usage/cost-routes.ts'
import type { LiveSnapshot } from './usage/live-usage.ts'
import type { UsageAnswer } from './usage/usage-routes.ts'

/** Which usage is asked for; times are RFC 3339 texts. */
export interface UsageQueryText {
  readonly from?: string
  readonly to?: string
  readonly tenant?: string
  readonly service?: string
  readonly by?: 'hour' | 'total'
}

/** A tenant as the operators' API gives it: times are RFC 3339 texts. */
export type TenantAnswer = Omit<CatalogTenant, 'createdAt' | 'updatedAt'> & {
  createdAt: string
  updatedAt: string
}

/** An API key as the operators' API gives it, without the key. */
export type ApiKeyAnswer = Omit<CatalogApiKey, 'createdAt' | 'expiresAt' | 'revokedAt'> & {
  createdAt: string
  expiresAt: string | null
  revokedAt: string | null
}

/** What happens now is told once a second: who is silent for so long is away. */
const silentMaxMs = 5_000

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

  /** The configuration in force; it names environment variables where something is secret. */
  async config(): Promise<TenantryConfig> {
    return (await this.#ask<{ config: TenantryConfig }>('GET', '/config')).config
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

  /**
   * Changes this tenant's own limits, everywhere within 5 s: sets those that are named, and goes back to its tier's for those that
   * are null. `TENANT_NOT_FOUND` (404), `BODY_INVALID`, `TENANT_ID_INVALID` (400).
   */
  limit(id: string, changes: LimitChanges): Promise<TenantAnswer> {
    return this.#ask('PATCH', `/tenants/${encodeURIComponent(id)}/limits`, changes)
  }

  /**
   * Makes an API key of a tenant; the answer alone has it. `TENANT_NOT_FOUND` (404), `API_KEYS_UNDECLARED` (409), `BODY_INVALID`,
   * `TENANT_ID_INVALID` (400).
   */
  createApiKey(
    tenant: string,
    options: { name?: string; role?: string; expires?: string },
  ): Promise<ApiKeyAnswer & { key: string }> {
    return this.#ask('POST', `/tenants/${encodeURIComponent(tenant)}/api-keys`, options)
  }

  /** A tenant's API keys, the newest first; `TENANT_NOT_FOUND` (404). */
  async apiKeys(tenant: string): Promise<ApiKeyAnswer[]> {
    const path = `/tenants/${encodeURIComponent(tenant)}/api-keys`
    return (await this.#ask<{ keys: ApiKeyAnswer[] }>('GET', path)).keys
  }

  /** Ends an API key by its id, everywhere within 5 s; `API_KEY_NOT_FOUND` (404). */
  revokeApiKey(id: string): Promise<ApiKeyAnswer> {
    return this.#ask('POST', `/api-keys/${encodeURIComponent(id)}/revoke`)
  }

  /** What tenants used in whole hours, the last day unless `from` and `to` say otherwise; `USAGE_QUERY_INVALID`, `USAGE_TOO_MUCH` (400). */
  usage(query: UsageQueryText): Promise<UsageAnswer> {
    return this.#ask('GET', `/usage?${queryOf(query)}`)
  }

  /** The same as text, in pieces as it comes. */
  async *usageText(form: 'csv' | 'cloudevents', query: UsageQueryText): AsyncGenerator<Uint8Array> {
    const { body } = await this.#fetch('GET', `/usage.${form}?${queryOf(query)}`)
    for await (const piece of body ?? []) yield piece
  }

  /**
   * What happens now, once a second, until `signal` aborts; `LIVE_FULL` (503). Rejects with `CONTROL_PLANE_DOWN` (503) when the control plane ends it,
   * or tells nothing for 5 s.
   */
  async *live(signal: AbortSignal): AsyncGenerator<LiveSnapshot> {
    const silence = new AbortController()
    const either = AbortSignal.any([signal, silence.signal])
    const timer = setTimeout(() => silence.abort(), silentMaxMs)
    try {
      const { body } = await this.#fetch('GET', '/live', undefined, either)
      for await (const { event, data } of body ? readEventStream(body) : []) {
        timer.refresh()
        if (event === 'live') yield JSON.parse(data) as LiveSnapshot
      }
      throw this.#down('it ended what it told')
    } catch (cause) {
      if (signal.aborted) return
      throw isTenantryError(cause) || cause instanceof SyntaxError ? cause : this.#down(cause)
    } finally {
      clearTimeout(timer)
    }
  }

  /** What tenants cost in whole hours, the last day unless it is said otherwise; `COST_UNPRICED` (404), `USAGE_QUERY_INVALID` (400). */
  cost(query: Pick<UsageQueryText, 'from' | 'to'>): Promise<CostAnswer> {
    return this.#ask('GET', `/cost?${queryOf(query)}`)
  }

  /** The keys of leases, and which of them each database has. */
  keys(): Promise<KeyStatus> {
    return this.#ask('GET', '/keys')
  }

  /**
   * Replaces the key of leases, or goes on with it, and settles when the new one signs; `KEYS_NOT_INSTALLED` (503),
   * `KEYS_ROTATING` (409).
   */
  rotateKeys(): Promise<KeyStatus> {
    return this.#ask('POST', '/keys/rotate')
  }

  /** The signing keys of tokens. */
  async tokenKeys(): Promise<readonly TokenKeyState[]> {
    return (await this.#ask<{ keys: TokenKeyState[] }>('GET', '/keys/tokens')).keys
  }

  /** Makes the next signing key of tokens, which signs by itself 35 s later; `TOKEN_KEYS_ROTATING` (409). */
  async rotateTokenKeys(): Promise<readonly TokenKeyState[]> {
    return (await this.#ask<{ keys: TokenKeyState[] }>('POST', '/keys/tokens/rotate')).keys
  }

  /** Gives the database at a URL, which was adopted, the keys that leases for it are signed with; `ADOPT_UNREACHABLE`. */
  installKeys(url: string): Promise<{ database: string }> {
    return this.#ask('POST', '/keys/install', { url })
  }

  /** What isolation is worth in the database of every placement. */
  async audit(): Promise<readonly PlacementAudit[]> {
    return (await this.#ask<{ placements: PlacementAudit[] }>('GET', '/audit')).placements
  }

  /** How the migrations of every placement stand. */
  async migrations(): Promise<readonly PlacementMigrations[]> {
    return (await this.#ask<{ placements: PlacementMigrations[] }>('GET', '/migrations')).placements
  }

  /**
   * Migrates every placement and tells of each when it is over; settles with all of them, also when the run was stopped
   * by a failure. `MIGRATION_RUNNING` (409), `MIGRATION_FIRST`, `MIGRATION_SERVICE`, `TENANT_ID_INVALID`, `BODY_INVALID`
   * (400), `TENANT_NOT_FOUND` (404).
   */
  async migrate(
    options: MigrationOptions,
    tell: (placement: PlacementMigrations) => void,
  ): Promise<MigrationOutcome> {
    const { body } = await this.#fetch('POST', '/migrations', options)
    for await (const message of readLines<MigrationMessage>(body)) {
      if (message.type === 'placement') tell(message.placement)
      else if (message.type === 'done') return message
      else if (message.type === 'error') throw refused(message, message.code === 'INTERNAL' ? 500 : 409)
    }
    throw new TenantryError('MIGRATION_CUT_OFF', 'the control plane ended while it migrated', {
      status: 503,
      help: 'nothing that was applied is lost; run it again, and it goes on',
    })
  }

  /** Events that are not over, those first that somebody has to look at. */
  events(options: ListOptions): Promise<EventList> {
    return this.#ask('GET', `/events?${queryOf(options)}`)
  }

  /** Everything known of the events with this id; with `dataFor` their data, on record; `EVENT_NOT_FOUND` (404). */
  async event(id: string, options: ShowOptions = {}): Promise<readonly EventAnswer[]> {
    const path = `/events/${encodeURIComponent(id)}?${queryOf(options)}`
    return (await this.#ask<{ events: EventAnswer[] }>('GET', path)).events
  }

  /**
   * Lets dead events be delivered again, all or none; `EVENT_NOT_FOUND` (404), `EVENT_AMBIGUOUS`, `EVENT_QUARANTINED`,
   * `EVENT_NOT_DEAD`, `EVENT_TOO_OLD` (409), `BODY_INVALID` (400).
   */
  replayEvents(options: ReplayOptions): Promise<ReplayAnswer> {
    return this.#ask('POST', '/events/replay', options)
  }

  /** Puts events away that are not over; `EVENT_NOT_FOUND` (404), `EVENT_AMBIGUOUS`, `EVENT_SETTLED` (409). */
  async discardEvents(options: DiscardOptions): Promise<readonly EventKey[]> {
    return (await this.#ask<{ discarded: EventKey[] }>('POST', '/events/discard', options)).discarded
  }

  /** What waits on the bus and in the outboxes, by tenant and service. */
  eventLag(): Promise<EventLagAnswer> {
    return this.#ask('GET', '/events/lag')
  }

  /**
   * Why a request went as it did, by its id, or that of its trace or an event; `REQUEST_UNKNOWN` (404), `TRACE_OF_SEVERAL` (409),
   * `REQUEST_ID_INVALID` (400).
   */
  explain(id: string): Promise<Explanation> {
    return this.#ask('GET', `/explain/${encodeURIComponent(id)}`)
  }

  /**
   * Begins to make a configuration hold on the running system; `against` is the digest of the one in force that its plan was made against, and
   * `folder` what its paths are relative to. Rejects, and nothing is changed, with `PLACEMENT_CHANGE`, `TIER_IN_USE`, `CONNECTIONS_EXHAUSTED`,
   * `PLAN_STALE`, `APPLY_BUSY`, `APPLY_NEEDS_RESTART`, `APPLY_FOLDER`, `APPLY_UNSUPPORTED` (409), `CONFIG_INVALID`, `BODY_INVALID` (400).
   */
  apply(config: TenantryConfig, options: { folder: string; against: string }): Promise<ApplyAnswer> {
    return this.#ask('POST', '/apply', { config, ...options })
  }

  /** How the last configuration that was applied came to hold, or how far it is; null before the first. */
  async rollout(): Promise<RolloutReport | null> {
    return (await this.#ask<{ rollout: RolloutReport | null }>('GET', '/apply')).rollout
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    return (await (await this.#fetch(method, path, body)).json()) as T
  }

  async #fetch(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#adminToken}` }
    if (body) headers['content-type'] = 'application/json'
    let answer: Response
    try {
      answer = await fetch(`${this.#url}${path}`, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        signal: signal ?? null,
      })
    } catch (cause) {
      throw this.#down(cause)
    }
    if (answer.ok) return answer
    throw refused((await answer.json()) as Refusal, answer.status)
  }

  #down(cause: unknown): TenantryError {
    return new TenantryError('CONTROL_PLANE_DOWN', `the control plane at ${this.#url} does not answer`, {
      status: 503,
      help: 'run `npm start` first, or name another state folder in `TENANTRY_HOME`',
      cause,
    })
  }
}

interface Refusal {
  readonly code?: string
  readonly message?: string
  readonly help?: string
}

function refused({ code, message, help }: Refusal, status: number): TenantryError {
  return new TenantryError(code ?? 'CONTROL_PLANE_ANSWER', message ?? `it answered ${status}`, {
    status,
    help: help ?? 'see the log of the control plane',
  })
}

function queryOf(options: object): URLSearchParams {
  return new URLSearchParams(
    Object.entries(options).map(([name, value]): [string, string] => [name, String(value)]),
  )
}

async function* readLines<T>(body: Response['body']): AsyncGenerator<T> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of body ?? []) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line) as T
    }
  } catch (error) {
    // A connection that is cut off ends what is told; whoever reads sees that the end is missing.
    if (error instanceof SyntaxError) throw error
  }
}
