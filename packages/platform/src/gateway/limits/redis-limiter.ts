import { randomBytes } from 'node:crypto'
import { TenantryError } from '@tenantry/context'
import { type LimitVerdict, MemoryLimiter, type RequestLimiter, type TenantLimits } from '@tenantry/routing'
import type { Redis } from 'ioredis'
import { admitScript, renewScript } from './redis-scripts.ts'

/** What a limiter over Redis is made from. */
export interface RedisLimiterOptions {
  readonly url: string
  /** Keeps two systems apart that share one Redis. */
  readonly trustDomain: string
  /** Called once when Redis stops answering. */
  readonly onAway: (error: Error) => void
  /** Called once when it answers again. */
  readonly onBack: () => void
  /** How long what a killed gateway had under way still counts; 10 s. */
  readonly leaseMs?: number
}

type Answer = [refusedBy: LimitVerdict['refusedBy'] | '', available: number, nextUs: number, running: number]

type LimitsRedis = Redis & {
  tenantryAdmit(bucket: string, leases: string, ...values: (string | number)[]): Promise<Answer>
  tenantryRenew(leases: string, ...values: (string | number)[]): Promise<unknown>
}

const commandMs = 250
const probeMs = 500

/**
 * Holds tenants to their limits over all gateways that share a Redis. Each gateway asks its own memory first, which is never
 * stricter than all together, so what is over the rate does not reach Redis. While Redis does not answer, that memory alone decides: each
 * gateway then lets through up to the whole limit, and none refuses everybody.
 */
export class RedisLimiter implements RequestLimiter {
  readonly #redis: LimitsRedis
  readonly #options: RedisLimiterOptions
  readonly #leaseMs: number
  readonly #own = new MemoryLimiter()
  readonly #gateway = randomBytes(9).toString('base64url')
  /** Of each tenant whose concurrency is limited, what is under way here. */
  readonly #leases = new Map<string, Set<string>>()
  readonly #renewing: NodeJS.Timeout
  #leased = 0
  #away = false
  #closed = false

  private constructor(redis: LimitsRedis, options: RedisLimiterOptions) {
    this.#redis = redis
    this.#options = options
    this.#leaseMs = options.leaseMs ?? 10_000
    this.#renewing = setInterval(() => void this.#renew(), this.#leaseMs / 3).unref()
  }

  /**
   * Settles when it has tried to reach Redis, whether that answers or not. Rejects with `LIMITS_LIBRARY` where `ioredis` is not
   * installed.
   */
  static async connect(options: RedisLimiterOptions): Promise<RedisLimiter> {
    const { Redis } = await loadRedisLibrary()
    const redis = new Redis(options.url, {
      lazyConnect: true,
      // What cannot be sent now fails now: the request does not wait for it.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      commandTimeout: commandMs,
      connectTimeout: 2_000,
      retryStrategy: () => probeMs,
      scripts: {
        tenantryAdmit: { lua: admitScript, numberOfKeys: 2 },
        tenantryRenew: { lua: renewScript, numberOfKeys: 1 },
      },
    }).on('error', () => undefined) as LimitsRedis
    const limiter = new RedisLimiter(redis, options)
    await redis
      .connect()
      .then(() => limiter.#try())
      .catch((error: Error) => limiter.#lose(error))
    return limiter
  }

  async admit(tenant: string, limits: TenantLimits): Promise<LimitVerdict> {
    const own = this.#own.admit(tenant, limits)
    if (own.refusedBy !== null) return own
    const lease = `${this.#gateway}.${this.#leased++}`
    if (limits.concurrency !== null) this.#hold(tenant, lease)
    const release = () => {
      own.release()
      if (limits.concurrency !== null) this.#giveBack(tenant, lease)
    }
    const answer = await this.#ask(tenant, limits, lease)
    if (answer === undefined) return { ...own, release }
    const [refusedBy, available, nextUs, running] = answer
    if (refusedBy) release()
    // One that is refused for its rate is not taken back: else a flood would ask Redis each time.
    if (refusedBy === 'concurrency') this.#own.giveBackRate(tenant, limits)
    return {
      refusedBy: refusedBy || null,
      rate: limits.rate && refusedBy !== 'concurrency' ? { available, nextMs: nextUs / 1000 } : null,
      concurrency:
        limits.concurrency === null ? null : { available: Math.max(0, limits.concurrency - running) },
      release: refusedBy ? () => undefined : release,
    }
  }

  /** Ends the connection. What is still under way counts for as long as a lease. */
  close(): void {
    this.#closed = true
    clearInterval(this.#renewing)
    this.#redis.disconnect()
  }

  /** What Redis says, or `undefined` while it does not answer. */
  async #ask(
    tenant: string,
    { rate, concurrency }: TenantLimits,
    lease: string,
  ): Promise<Answer | undefined> {
    if (this.#away) return undefined
    const intervalUs = rate ? 1_000_000 / rate.requestsPerSecond : 0
    const values = [intervalUs, rate?.burst ?? 0, concurrency ?? 0, lease, this.#leaseMs]
    try {
      return await this.#redis.tenantryAdmit(
        this.#key(tenant, 'rate'),
        this.#key(tenant, 'leases'),
        ...values,
      )
    } catch (error) {
      this.#lose(error as Error)
      return undefined
    }
  }

  #key(tenant: string, what: string): string {
    return `tenantry:${this.#options.trustDomain}:limits:{${tenant}}:${what}`
  }

  #hold(tenant: string, lease: string): void {
    const leases = this.#leases.get(tenant) ?? new Set()
    this.#leases.set(tenant, leases.add(lease))
  }

  #giveBack(tenant: string, lease: string): void {
    const leases = this.#leases.get(tenant)
    leases?.delete(lease)
    if (leases?.size === 0) this.#leases.delete(tenant)
    // What is not said now ends with its lease.
    if (!this.#away) this.#redis.zrem(this.#key(tenant, 'leases'), lease).catch(() => undefined)
  }

  async #renew(): Promise<void> {
    if (this.#away) return
    const renewed = [...this.#leases].map(([tenant, leases]) =>
      this.#redis.tenantryRenew(this.#key(tenant, 'leases'), this.#leaseMs, ...leases),
    )
    await Promise.all(renewed).catch((error) => this.#lose(error))
  }

  #lose(error: Error): void {
    if (this.#away || this.#closed) return
    this.#away = true
    this.#options.onAway(error)
    this.#probe()
  }

  /** Does all that a request needs, for no tenant: a Redis that answers and refuses to write is away too. */
  #try(): Promise<Answer> {
    const [bucket, leases] = [this.#key('', 'rate'), this.#key('', 'leases')]
    return this.#redis.tenantryAdmit(bucket, leases, 1, 1, Number.MAX_SAFE_INTEGER, this.#gateway, 1)
  }

  #probe(): void {
    setTimeout(async () => {
      if (this.#closed) return
      const answers = await this.#try().then(
        () => true,
        () => false,
      )
      if (!answers) return this.#probe()
      this.#away = false
      this.#options.onBack()
      // Redis learns of what was let through without it.
      await this.#renew()
    }, probeMs).unref()
  }
}

async function loadRedisLibrary() {
  try {
    return await import('ioredis')
  } catch (cause) {
    throw new TenantryError('LIMITS_LIBRARY', 'the client of Redis is not installed', {
      help: 'run `npm install ioredis`, or take `limits.redis` out of tenantry.config.ts',
      cause,
    })
  }
}
