import { setTimeout as sleep } from 'node:timers/promises'
import { startNats } from '../../tools/start-nats.ts'
import { RunningSystem } from '../end-to-end/running-system.ts'
import { createShopOverNats } from '../end-to-end/shop-over-nats.ts'
import type { Victim } from './chaos.ts'

/** Where a shop's events wait. */
export type Bus = 'postgres' | 'nats'

/** A shop that runs, and who may be killed besides its own processes. */
export interface StartedShop {
  readonly system: RunningSystem
  readonly nodes: readonly Victim[]
  remove(): Promise<void>
}

const nodeCount = 3
/** What starts the other processes again within a second is the supervisor; NATS is somebody else's to keep up. */
const restartMs = 1_000

/** Starts the sample shop: its events in PostgreSQL, or in three NATS servers that are one cluster. */
export async function startShop(bus: Bus): Promise<StartedShop> {
  if (bus === 'postgres') {
    const system = await RunningSystem.create()
    await system.start()
    return { system, nodes: [], remove: () => system.remove() }
  }
  const nats = await startNats({ count: nodeCount })
  const { system, remove } = await createShopOverNats(nats, { replicas: nodeCount })
  await system.start()
  let ended = false
  const killOne = async (index: number) => {
    await nats.kill(index)
    await sleep(restartMs)
    if (!ended) await nats.restart(index)
  }
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    name: `nats-${index}`,
    kill: () => void killOne(index),
  }))
  return {
    ...{ system, nodes },
    async remove() {
      ended = true
      await remove()
      await nats.stop()
    },
  }
}
