import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `check` holds; fails when it does not within `withinMs`. */
export async function eventually(withinMs: number, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await check())) {
    assert.ok(Date.now() < deadline, `not so within ${withinMs} ms`)
    await sleep(50)
  }
}
