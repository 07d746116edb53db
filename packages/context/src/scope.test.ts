import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CentralScope,
  leaveScope,
  readCentralScope,
  readContext,
  readScope,
  refuseCentral,
  requireContext,
  requireScope,
  runAndClose,
  runInScope,
  Scope,
} from './scope.ts'
import type { TenantContext } from './tenant-context.ts'

const contextOf = (id: string) => ({ tenant: { id, tier: 'basic' } }) as TenantContext

test('outside a scope there is no context, and asking for one is an error', () => {
  assert.equal(readContext(), undefined)
  assert.equal(readScope(), undefined)
  assert.throws(() => requireContext(), { code: 'CONTEXT_MISSING' })
})

test('a scope follows the work through promises, timers and callbacks', async () => {
  await runInScope(contextOf('a'), async () => {
    await sleep(1)
    assert.equal(requireContext().tenant.id, 'a')
    await new Promise<void>((resolve) =>
      setImmediate(() => {
        assert.equal(requireContext().tenant.id, 'a')
        resolve()
      }),
    )
  })
  assert.equal(readContext(), undefined)
})

test('a scope is open while its work is, and closed when it settled or rejected', async () => {
  const scopes: (Scope | undefined)[] = []
  await runInScope(contextOf('a'), async () => {
    scopes.push(readScope())
    assert.equal(readScope()?.open, true)
  })
  const failing = runInScope(contextOf('a'), async () => {
    scopes.push(readScope())
    throw new Error('no')
  })
  await assert.rejects(failing, { message: 'no' })
  assert.deepEqual(
    scopes.map((scope) => scope?.open),
    [false, false],
  )
})

test('scopes inside scopes and a thousand beside each other keep their own context', async () => {
  await runInScope(contextOf('outer'), async () => {
    await runInScope(contextOf('inner'), () => assert.equal(requireContext().tenant.id, 'inner'))
    assert.equal(requireContext().tenant.id, 'outer')
  })
  await Promise.all(
    Array.from({ length: 1_000 }, (_, n) =>
      runInScope(contextOf(`t${n}`), async () => {
        await sleep(n % 7)
        assert.equal(requireContext().tenant.id, `t${n}`)
      }),
    ),
  )
})

test('a listener runs in the scope of whoever emits: entering the scope again is the listener’s business', async () => {
  const emitter = new EventEmitter()
  const scope = new Scope(contextOf('a'))
  const seen: (string | undefined)[] = []
  scope.run(() => emitter.on('data', () => seen.push(readContext()?.tenant.id)))
  emitter.emit('data')
  scope.run(() => emitter.emit('data'))
  assert.deepEqual(seen, [undefined, 'a'])
})

test('work that leaves the scope is in none, nor what it starts; the scope goes on around it', async () => {
  await runInScope(contextOf('a'), async () => {
    const seen = leaveScope(async () => {
      const before = readContext()
      await sleep(1)
      return [before, readContext()]
    })
    assert.equal(requireContext().tenant.id, 'a')
    assert.deepEqual(await seen, [undefined, undefined])
    assert.equal(requireContext().tenant.id, 'a')
  })
})

test('central work is in no tenant’s scope: asking for one is an error of its own name', async () => {
  const scope = new CentralScope({ reason: 'usage', requestId: 'c1', expiresAtMs: 0 })
  await runAndClose(scope, async () => {
    await sleep(1)
    assert.equal(readCentralScope(), scope)
    assert.equal(readScope(), undefined)
    assert.equal(readContext(), undefined)
    for (const ask of [requireScope, requireContext, refuseCentral]) {
      assert.throws(() => void ask(), { code: 'CONTEXT_CENTRAL' })
    }
    assert.equal(scope.open, true)
  })
  assert.equal(scope.open, false)
  assert.equal(readCentralScope(), undefined)
  refuseCentral()
})

test('a scope within central work, and central work within a scope, is that one alone', async () => {
  const central = <T>(work: () => Promise<T>) =>
    runAndClose(new CentralScope({ reason: 'usage', requestId: 'c2', expiresAtMs: 0 }), work)
  await central(async () => {
    await runInScope(contextOf('a'), async () => {
      assert.equal(requireContext().tenant.id, 'a')
      assert.equal(readCentralScope(), undefined)
    })
    assert.throws(() => requireContext(), { code: 'CONTEXT_CENTRAL' })
  })
  await runInScope(contextOf('a'), async () => {
    await central(async () => assert.throws(() => requireContext(), { code: 'CONTEXT_CENTRAL' }))
    assert.equal(requireContext().tenant.id, 'a')
    leaveScope(() => assert.throws(() => requireContext(), { code: 'CONTEXT_MISSING' }))
  })
})
