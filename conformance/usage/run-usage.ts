import { type Difference, differences, requestsLost } from './compare.ts'
import { type Load, sendKnownLoad } from './known-load.ts'
import { measureProcessorTime, type ProcessorTime } from './processor-time.ts'
import { UsagePlant } from './usage-plant.ts'

/** What a killed process did to the figures. */
export interface KilledRun {
  readonly name: string
  readonly requests: number
  /** Requests of which nobody knows whether they were done. */
  readonly unknown: number
  /** What the service counted fewer than it answered. */
  readonly lost: number
  /** What it answered in the last 2 s before it was killed: the most that can be lost. */
  readonly bound: number
}

/** What was found out. */
export interface UsageRun {
  readonly requests: number
  readonly tenants: number
  readonly differences: readonly Difference[]
  readonly killed: readonly KilledRun[]
  readonly processorTime: readonly ProcessorTime[]
}

/** A second between two reports, and the time until the second is answered. */
const boundMs = 2_000

/** Sends a known load and compares, then does so with the control plane and the service killed meanwhile. */
export async function runUsage(options: {
  requests: number
  tenants: number
  seed: number
  /** How many requests of each tenant compute; none where the estimate is not measured. */
  computing: number
}): Promise<UsageRun> {
  const { requests, tenants, seed, computing } = options
  const plant = await UsagePlant.start(tenants)
  try {
    const { truths } = await sendKnownLoad(plant, { requests, seed })
    let usage = await plant.usage()
    const found = differences(truths, usage)
    const killed: KilledRun[] = []
    for (const name of ['control-plane', 'work.pool']) {
      let killedAtMs = 0
      // To find it takes a while, in which it goes on.
      const kill = () =>
        plant.kill(name, () => {
          killedAtMs = performance.now()
        })
      const load = await sendKnownLoad(plant, { requests, seed, emits: false, meanwhile: kill })
      const after = await plant.usage()
      const bound = name === 'control-plane' ? 0 : answeredBefore(load, killedAtMs)
      const lost = requestsLost(load.truths, after, usage)
      killed.push({ name, requests, unknown: load.unknown, lost, bound })
      usage = after
    }
    const processorTime = computing > 0 ? await measureProcessorTime(plant, computing) : []
    return { requests, tenants, differences: found, killed, processorTime }
  } finally {
    await plant.stop()
  }
}

function answeredBefore({ answeredAtMs }: Load, killedAtMs: number): number {
  return answeredAtMs.filter((atMs) => atMs > killedAtMs - boundMs && atMs <= killedAtMs + 50).length
}
