import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isOwnId, isUnguessable, KnownValues } from './known-values.ts'

describe('what a tenant knows', () => {
  it('is found for a path, a field and a list, under the names that services use', () => {
    const known = new KnownValues()
    known.learn({ msg: 'created', product: { product_id: 'p-1', name: 'Lamp' } }, '/products')
    known.learn({ data: { id: 7, productId: 'p-1' } }, '/orders')
    assert.equal(known.find('id', 'products'), 'p-1')
    assert.equal(known.find('productId', 'orders'), 'p-1')
    assert.equal(known.find('products', 'products'), 'p-1')
    assert.equal(known.find('venueId', 'venues'), undefined)
  })

  it('is the newest first, and forgotten when it is deleted', () => {
    const known = new KnownValues()
    known.learn({ id: 'n-1' }, '/notes')
    known.learn({ id: 'n-2' }, '/notes')
    assert.equal(known.find('noteId', 'notes'), 'n-2')
    known.forget('n-2')
    assert.equal(known.find('noteId', 'notes'), 'n-1')
    assert.deepEqual([known.has('n-1'), known.has('n-2')], [true, false])
  })

  it('tells the id of the thing itself from those that it refers to', () => {
    const is = (field: string, holder: string) => isOwnId({ value: 'x', field, holder }, '/bookings')
    assert.deepEqual(
      [is('id', 'booking'), is('booking_id', 'booking'), is('venueId', 'booking')],
      [true, true, false],
    )
    assert.equal(is('id', 'plan'), false)
  })

  it('is unguessable only if nobody comes upon it by counting', () => {
    for (const id of ['0b3719e7-d201-4d2b-bc5f-d5ff54466e4e', '01J9Z3NDEKTSV4RRFFQ69G5FAV'])
      assert.ok(isUnguessable(id))
    for (const id of ['7', '1500000000', 'order', 'a-name-in-words']) assert.ok(!isUnguessable(id), id)
  })
})
