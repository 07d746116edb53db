import type { FiguresAnswer } from './live-figures.ts'
import type { LoudTenant, SharedUse } from './live-usage.ts'

type What = LoudTenant['what']

/** What is shared, how much of it a tenant takes, and below which sum of all tenants nobody is in anybody's way. */
const resources: readonly { what: What; of: (figures: FiguresAnswer) => number; worthwhile: number }[] = [
  { what: 'requests', of: ({ requestsPerSecond }) => requestsPerSecond, worthwhile: 20 },
  // Time that statements take is time that they have a connection: 1,000 ms a second are one connection.
  { what: 'connections', of: ({ databaseMsPerSecond }) => databaseMsPerSecond, worthwhile: 500 },
  { what: 'cpu', of: ({ cpuCores }) => cpuCores, worthwhile: 0.25 },
  { what: 'events', of: ({ eventsPerSecond }) => eventsPerSecond, worthwhile: 10 },
]

/** A tenth of everything is in nobody's way, however many tenants there are. */
const shareMin = 0.1
/** For so many seconds in a row it has to be so, and then for as many not: a moment is no noise. */
const seconds = 3

/**
 * Names who takes more of something than its share, which is what its weight gives it among the tenants that want any: twice that, or what is half-way from
 * it to everything, where that is less. To be asked once a second.
 */
export class LoudTenants {
  readonly #weightOf: (tenant: string, tier: string) => number
  /** From 0 to `seconds` on the way up, and back on the way down. */
  readonly #levels = new Map<string, { level: number; isLoud: boolean }>()

  constructor(weightOf: (tenant: string, tier: string) => number) {
    this.#weightOf = weightOf
  }

  find(use: readonly SharedUse[]): LoudTenant[] {
    const over = new Map<string, LoudTenant>()
    for (const { what, of, worthwhile } of resources) {
      const wanting = use.filter(({ figures }) => of(figures) > 0)
      const whole = wanting.reduce((sum, { figures }) => sum + of(figures), 0)
      const weights = wanting.reduce((sum, { tenant, tier }) => sum + this.#weightOf(tenant, tier), 0)
      for (const { tenant, tier, figures } of wanting) {
        const share = of(figures) / whole
        const fair = this.#weightOf(tenant, tier) / weights
        const isOver = whole >= worthwhile && share > Math.max(shareMin, Math.min(2 * fair, (1 + fair) / 2))
        if (isOver || this.#levels.has(`${what} ${tenant}`))
          over.set(`${what} ${tenant}`, { tenant, tier, what, share: round(share), fair: round(fair) })
        this.#note(`${what} ${tenant}`, isOver)
      }
    }
    // Who wants nothing any more is over nothing.
    for (const key of this.#levels.keys()) if (!over.has(key)) this.#note(key, false)
    return [...over].filter(([key]) => this.#levels.get(key)?.isLoud).map(([, loud]) => loud)
  }

  #note(key: string, isOver: boolean): void {
    const known = this.#levels.get(key) ?? { level: 0, isLoud: false }
    const level = Math.min(seconds, Math.max(0, known.level + (isOver ? 1 : -1)))
    if (level === 0) this.#levels.delete(key)
    else this.#levels.set(key, { level, isLoud: level === seconds || known.isLoud })
  }
}

const round = (share: number) => Math.round(share * 1000) / 1000
