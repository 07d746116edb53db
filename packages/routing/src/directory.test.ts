import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Directory, type DirectoryDeployment, type DirectoryTenant } from './directory.ts'
import { requireActiveTenant } from './require-active-tenant.ts'

const pooled: DirectoryTenant = {
  id: 'tenant-a',
  tier: 'basic',
  status: 'active',
  placement: { order: 'pool', invoice: 'pool' },
  silo: null,
}
const bridged: DirectoryTenant = {
  ...pooled,
  id: 'tenant-b',
  placement: { order: 'pool', invoice: 'silo' },
  silo: '3f9c2a71',
}

function deployment(id: string, tenant: string | null = null): DirectoryDeployment {
  const [service = ''] = id.split('.')
  return { id, service, tenant, database: 'tenantry_pool', role: id, addresses: ['http://127.0.0.1:1'] }
}

function directoryOf(tenants: DirectoryTenant[]): Directory {
  const directory = new Directory()
  const deployments = [
    deployment('order.pool'),
    deployment('invoice.pool'),
    deployment('invoice.3f9c2a71', 'tenant-b'),
  ]
  directory.apply({ type: 'snapshot', tenants, deployments, workloads: [], databases: [] })
  return directory
}

test('each tenant’s placement names the deployment that serves it', () => {
  const directory = directoryOf([pooled, bridged])
  assert.equal(directory.deploymentFor('tenant-a', 'invoice')?.id, 'invoice.pool')
  assert.equal(directory.deploymentFor('tenant-b', 'invoice')?.id, 'invoice.3f9c2a71')
  assert.equal(directory.deploymentFor('tenant-b', 'order')?.id, 'order.pool')
})

test('an unknown tenant or service has no deployment', () => {
  const directory = directoryOf([pooled])
  assert.equal(directory.deploymentFor('tenant-z', 'order'), undefined)
  assert.equal(directory.deploymentFor('tenant-a', 'billing'), undefined)
  assert.equal(directory.deploymentFor('__proto__', 'order'), undefined)
})

test('a snapshot replaces what was known, a change adds to it', () => {
  const directory = directoryOf([pooled])
  directory.apply({ type: 'tenant', tenant: bridged })
  assert.deepEqual([...directory.tenants.keys()], ['tenant-a', 'tenant-b'])
  directory.apply({ type: 'snapshot', tenants: [bridged], deployments: [], workloads: [], databases: [] })
  assert.deepEqual([...directory.tenants.keys()], ['tenant-b'])
  assert.equal(directory.deploymentFor('tenant-b', 'order'), undefined)
})

test('tenants of one placement share one object', () => {
  const directory = directoryOf([pooled, { ...pooled, id: 'tenant-d', placement: { ...pooled.placement } }])
  assert.equal(directory.tenants.get('tenant-a')?.placement, directory.tenants.get('tenant-d')?.placement)
})

test('only an active tenant is served', () => {
  const directory = directoryOf([
    pooled,
    { ...bridged, status: 'suspended' },
    { ...pooled, id: 'new', status: 'onboarding' },
  ])
  assert.equal(requireActiveTenant(directory, 'tenant-a').tier, 'basic')
  assert.throws(() => requireActiveTenant(directory, 'tenant-b'), { code: 'TENANT_SUSPENDED', status: 403 })
  assert.throws(() => requireActiveTenant(directory, 'new'), { code: 'TENANT_UNKNOWN', status: 403 })
  assert.throws(() => requireActiveTenant(directory, 'other'), { code: 'TENANT_UNKNOWN', status: 403 })
})

test('before the first snapshot nothing is said of any tenant', () => {
  assert.throws(() => requireActiveTenant(new Directory(), 'tenant-a'), {
    code: 'DIRECTORY_NOT_READY',
    status: 503,
  })
})
