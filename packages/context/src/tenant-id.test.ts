import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTenantId, requireTenantId } from './tenant-id.ts'

test('a tenant id is a slug of 1 to 40 characters', () => {
  for (const id of ['a', '0', 'tenant-a', 'a-b-c', 'a'.repeat(40)]) assert.equal(requireTenantId(id), id)
})

test('anything else is none, also what folds into one', () => {
  for (const value of [
    '',
    '-a',
    'a-',
    'a--b',
    'A',
    'tenant_a',
    'a b',
    'a\n',
    'a'.repeat(41),
    'İ',
    'K',
    'ﬁ',
    'ⅷ',
    '__proto__',
    7,
    null,
    undefined,
    ['a'],
  ]) {
    assert.equal(isTenantId(value), false, String(value))
    assert.throws(() => requireTenantId(value), { code: 'TENANT_ID_INVALID', status: 400 })
  }
})

test('a hostile text is refused in no time', () => {
  const startedAtMs = performance.now()
  isTenantId(`${'a-'.repeat(50_000)}!`)
  assert.ok(performance.now() - startedAtMs < 50)
})
