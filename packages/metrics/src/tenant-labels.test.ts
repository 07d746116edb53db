import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TenantLabel, TenantLabels } from './tenant-labels.ts'

function labelsOf(ownMax: number) {
  const ended: TenantLabel[] = []
  const labels = new TenantLabels(ownMax, (label) => ended.push(label))
  const note = (id: string, times = 1, tier = 'basic') => {
    for (let n = 1; n < times; n++) labels.of({ id, tier })
    return labels.of({ id, tier })
  }
  return { labels, note, ended }
}
const own = (id: string, tier = 'basic') => ({ 'tenant.id': id, 'tenant.tier': tier })

test('the first tenants have labels of their own, and the others that of their tier, each the same object every time', () => {
  const { note } = labelsOf(2)
  assert.deepEqual(
    [note('a'), note('b'), note('c'), note('d', 1, 'premium')],
    [own('a'), own('b'), own('_other'), own('_other', 'premium')],
  )
  assert.equal(note('a'), note('a'))
  assert.equal(note('c'), note('e'))
})

test('a tenant takes the place of one that does less than half as much, and of no other', () => {
  const { labels, note, ended } = labelsOf(2)
  note('a', 10)
  note('b', 4)
  note('c', 8)
  labels.rank()
  assert.deepEqual(ended, [])
  note('a', 10)
  note('b', 1)
  note('c', 8)
  labels.rank()
  assert.deepEqual(ended, [own('b')])
  assert.deepEqual([note('a'), note('b'), note('c')], [own('a'), own('_other'), own('c')])
})

test('what was long ago weighs nothing, and a place is kept while nobody wants it', () => {
  const { labels, note, ended } = labelsOf(1)
  note('a', 1_000_000)
  for (let n = 0; n < 30; n++) labels.rank()
  assert.deepEqual(note('a'), own('a'))
  note('b', 10)
  labels.rank()
  assert.deepEqual(ended, [own('a')])
})

test('a tenant of another tier than before has another label, and the one before ends', () => {
  const { note, ended } = labelsOf(1)
  note('a')
  assert.deepEqual(note('a', 1, 'premium'), own('a', 'premium'))
  assert.deepEqual(ended, [own('a')])
})

test('a hundred thousand tenants are looked at ten thousand at a time, and a busy one among them is found', () => {
  const { labels, note } = labelsOf(10)
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 100_000; n++) note(`tenant-${round}-${n}`)
    note('busy', 200)
    labels.rank()
  }
  assert.deepEqual(note('busy'), own('busy'))
})
