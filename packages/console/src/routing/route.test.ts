import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hrefTo, parseRoute } from './route.ts'

describe('a place of the console', () => {
  it('is read from the fragment that leads to it, whatever its id and query hold', () => {
    for (const [page, id, query] of [
      ['overview', null, {}],
      ['tenants', null, { search: 'a&b=c', status: 'active' }],
      ['tenants', 'tenant-b', {}],
      ['requests', 'an id/with #?%', { tenant: 'tenant-a' }],
    ] as const) {
      assert.deepEqual(parseRoute(hrefTo(page, id, query)), { page, id, query })
    }
  })

  it('leaves out what a query does not say', () => {
    assert.equal(
      hrefTo('events', null, { state: '', tenant: undefined, service: 'invoice' }),
      '#/events?service=invoice',
    )
  })

  it('is the overview where a fragment names no page', () => {
    for (const hash of ['', '#', '#/', '#/nothing', '#content', '#/__proto__'])
      assert.equal(parseRoute(hash).page, 'overview')
  })

  it('keeps an id that is no well-formed escape', () => {
    assert.equal(parseRoute('#/requests/%E0%A4%A').id, '%E0%A4%A')
  })
})
