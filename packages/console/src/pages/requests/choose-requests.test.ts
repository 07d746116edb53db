import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseRequests } from './choose-requests.ts'

describe('requests', () => {
  it('are chosen by how they were answered; one of no known answer is among all alone', () => {
    const requests = [200, 404, 429, 500, 503, null].map((status) => ({ status }))
    const statuses = (kind: Parameters<typeof chooseRequests>[1]) =>
      chooseRequests(requests, kind).map(({ status }) => status)
    assert.deepEqual(statuses('any'), [200, 404, 429, 500, 503, null])
    assert.deepEqual(statuses('refused'), [404, 429])
    assert.deepEqual(statuses('failed'), [500, 503])
  })
})
