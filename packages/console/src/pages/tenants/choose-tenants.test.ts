import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tenant } from '../../api/tenants.ts'
import { chooseTenants, type TenantChoice } from './choose-tenants.ts'

const tenant = (id: string, tier: string, status: Tenant['status'], createdAt: string): Tenant => ({
  ...{ id, tier, status, createdAt, updatedAt: createdAt },
  ...{ placement: {}, silo: null, limits: null },
})
const tenants = [
  tenant('acme', 'premium', 'active', '2026-01-03'),
  tenant('bolt', 'basic', 'suspended', '2026-01-01'),
  tenant('acre', 'basic', 'active', '2026-01-02'),
]
const rates = new Map([
  ['acre', 5],
  ['bolt', 9],
])
const ids = (choice: TenantChoice) => chooseTenants(tenants, choice, rates).map(({ id }) => id)

describe('the list of tenants', () => {
  it('is narrowed down by a part of the id, tier and status, together', () => {
    assert.deepEqual(ids({ search: ' AC ' }), ['acme', 'acre'])
    assert.deepEqual(ids({ search: 'ac', tier: 'basic' }), ['acre'])
    assert.deepEqual(ids({ tier: 'basic', status: 'suspended' }), ['bolt'])
    assert.deepEqual(ids({ search: 'x' }), [])
  })

  it('is ordered by every column, both ways; ids break ties', () => {
    assert.deepEqual(ids({}), ['acme', 'acre', 'bolt'])
    assert.deepEqual(ids({ order: 'id', isDescending: true }), ['bolt', 'acre', 'acme'])
    assert.deepEqual(ids({ order: 'created' }), ['bolt', 'acre', 'acme'])
    assert.deepEqual(ids({ order: 'tier' }), ['acre', 'bolt', 'acme'])
    assert.deepEqual(ids({ order: 'status', isDescending: true }), ['bolt', 'acme', 'acre'])
    assert.deepEqual(ids({ order: 'requests', isDescending: true }), ['bolt', 'acre', 'acme'])
  })

  it('chooses among ten thousand within a frame or two, and leaves what it was given as it was', () => {
    const many = Array.from({ length: 10_000 }, (_, at) =>
      tenant(`tenant-${9_999 - at}`, 'basic', 'active', '2026-01-01'),
    )
    const startedAtMs = performance.now()
    assert.equal(chooseTenants(many, { search: '99' })[0]?.id, 'tenant-1099')
    assert.ok(performance.now() - startedAtMs < 200)
    assert.equal(many[0]?.id, 'tenant-9999')
  })
})
