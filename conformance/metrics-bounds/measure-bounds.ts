import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { BoundsMeasured } from './bounds.ts'

/** Measures in a process of its own, whose heap is nobody else's. */
export async function measureBounds(tenants: number): Promise<BoundsMeasured> {
  const child = fork(join(import.meta.dirname, 'bounded-process.ts'), [String(tenants)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [measured] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`))),
  ])) as [BoundsMeasured]
  return measured
}
