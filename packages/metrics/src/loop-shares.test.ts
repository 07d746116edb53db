import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoopShares } from './loop-shares.ts'

function burn(ms: number): void {
  for (const endsAtMs = performance.now() + ms; performance.now() < endsAtMs; );
}

test('what ran until something leaves is the work of whose that is, whatever arrived before', () => {
  const works = new Map<string, number>()
  const shares = new LoopShares({
    addWork: (tenant, work) => void works.set(tenant, (works.get(tenant) ?? 0) + work),
  })
  shares.mark('tenant-a')
  shares.mark('tenant-b')
  // Of a, after a timer: nobody told of its beginning.
  burn(40)
  shares.depart('tenant-a')
  burn(10)
  shares.mark(undefined)
  assert.ok((works.get('tenant-a') ?? 0) >= 49)
  assert.ok((works.get('tenant-b') ?? 0) < 10)
})

test('what runs from one mark to the next is the work of the tenant of the first, and waiting is nobody’s', async () => {
  const works = new Map<string, number>()
  const shares = new LoopShares({
    addWork: (tenant, work) => void works.set(tenant, (works.get(tenant) ?? 0) + work),
  })
  shares.mark('tenant-a')
  burn(20)
  shares.mark('tenant-b')
  burn(60)
  await sleep(1_000)
  shares.mark(undefined)
  burn(30)
  shares.mark('tenant-a')
  burn(10)
  shares.mark(undefined)
  const [a = 0, b = 0] = [works.get('tenant-a'), works.get('tenant-b')]
  assert.ok(a >= 29 && a < 1_000, `${a} ms`)
  // However busy the machine is: what was waited for is not among it.
  assert.ok(b >= 59 && b < 1_000, `${b} ms`)
})
