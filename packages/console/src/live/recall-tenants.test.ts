import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { recallTenants } from './recall-tenants.ts'

describe('a tenant’s last minute', () => {
  it('grows by what each second tells; one that is not told of did nothing', () => {
    const first = recallTenants(new Map(), [{ id: 'a', requestsPerSecond: 3 }])
    const second = recallTenants(first, [{ id: 'b', requestsPerSecond: 5 }])
    assert.deepEqual(
      [...second],
      [
        ['a', [3, 0]],
        ['b', [5]],
      ],
    )
  })

  it('is a minute long, and forgotten when nothing happened in it', () => {
    let rates = recallTenants(new Map(), [{ id: 'a', requestsPerSecond: 3 }])
    for (let second = 0; second < 59; second++) rates = recallTenants(rates, [])
    assert.equal(rates.get('a')?.length, 60)
    assert.equal(recallTenants(rates, []).has('a'), false)
  })
})
