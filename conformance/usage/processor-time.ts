import type { UsagePlant } from './usage-plant.ts'

/** How a tenant's estimated processor time compares with what it is known to have used. */
export interface ProcessorTime {
  readonly pattern: string
  readonly tenant: string
  readonly truthMs: number
  readonly estimateMs: number
}

/** What comes before the computing: nothing, an answer of the database, or a timer, of which nobody tells whose it is. */
export const patterns = ['at once', 'after a statement', 'after a timer'] as const

const atOnce = 4

/**
 * Two tenants compute at the same time, the second four times as long with each request: what is estimated for them in the service,
 * beside what they used.
 */
export async function measureProcessorTime(plant: UsagePlant, requests: number): Promise<ProcessorTime[]> {
  const measured: ProcessorTime[] = []
  const [quiet = '', loud = ''] = plant.tenants
  const burns = new Map([
    [quiet, 10],
    [loud, 40],
  ])
  let before = await plant.usage()
  for (const pattern of patterns) {
    const after = pattern.split(' ').at(-1)
    await Promise.all(
      [...burns].flatMap(([tenant, ms]) =>
        Array.from({ length: atOnce }, async () => {
          for (let sent = 0; sent < requests / atOnce; sent++)
            await plant.call(tenant, `/burn?ms=${ms}&after=${after}`)
        }),
      ),
    )
    const now = await plant.usage()
    for (const [tenant, ms] of burns) {
      const of = (usage: typeof now) => usage.get(tenant)?.work?.cpuMs ?? 0
      const truthMs = Math.ceil(requests / atOnce) * atOnce * ms
      measured.push({ pattern, tenant, truthMs, estimateMs: of(now) - of(before) })
    }
    before = now
  }
  return measured
}

/** The part of the quieter tenant, of which a fifth is the truth, by the estimate. */
export function shareOf(measured: readonly ProcessorTime[], pattern: string): number {
  const [quiet, loud] = measured.filter((one) => one.pattern === pattern)
  return (quiet?.estimateMs ?? 0) / ((quiet?.estimateMs ?? 0) + (loud?.estimateMs ?? 0))
}
