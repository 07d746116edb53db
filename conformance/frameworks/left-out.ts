import { test } from 'node:test'
import type { Cell, Host } from './host.ts'

/** A test of what a host may have no form of: one that leaves it out says so in the test's title, and why. */
export function testUnlessLeftOut(host: Host, cell: Cell, title: string, run: () => Promise<void>): void {
  const reason = host.leavesOut[cell]
  if (reason) test(`not on this host: ${title}: ${reason}`, () => undefined)
  else test(title, run)
}
