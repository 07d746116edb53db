import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInScope, type TenantContext } from '@tenantry/context'
import { count, useMeters } from './count.ts'
import { createMeters } from './meters.ts'

const context = { tenant: { id: 'tenant-a', tier: 'basic' } } as TenantContext

test('outside a scope nothing is counted, whether meters are set or not', () => {
  assert.throws(() => count('order.created'), {
    code: 'CONTEXT_MISSING',
    message: 'there is no tenant context here',
  })
  useMeters(createMeters({ service: 'order', deployment: 'order.pool' }))
  assert.throws(() => count('order.created'), { code: 'CONTEXT_MISSING' })
})

test('in a scope the process’s meters count, for the tenant of each scope', async () => {
  const meters = createMeters({ service: 'order', deployment: 'order.pool' })
  useMeters(meters)
  const other = { tenant: { id: 'tenant-b', tier: 'advanced' } } as TenantContext
  await Promise.all([
    runInScope(context, async () => {
      count('order.created')
      await new Promise(setImmediate)
      count('order.created', 2, { channel: 'web' })
    }),
    runInScope(other, async () => {
      await new Promise(setImmediate)
      count('order.created', 4)
    }),
  ])
  const page = await meters.prometheusPage()
  assert.match(page, /tenant_id="tenant-a",tenant_tier="basic"\} 1$/m)
  assert.match(page, /tenant_id="tenant-a",tenant_tier="basic",channel="web"\} 2$/m)
  assert.match(page, /tenant_id="tenant-b",tenant_tier="advanced"\} 4$/m)
})
