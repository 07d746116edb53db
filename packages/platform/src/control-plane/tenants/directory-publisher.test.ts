import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateSigningJwk, publicJwk } from '@tenantry/context'
import type { DirectoryMessage, DirectoryWorkload } from '@tenantry/routing'
import { DirectoryPublisher, mayFollow } from './directory-publisher.ts'

const jwk = publicJwk(generateSigningJwk())

function published(): DirectoryPublisher {
  const publisher = new DirectoryPublisher()
  publisher.publish({
    type: 'snapshot',
    tenants: [{ id: 'tenant-a', tier: 'basic', status: 'active', placement: { order: 'pool' }, silo: null }],
    deployments: [
      {
        id: 'order.pool',
        service: 'order',
        tenant: null,
        database: 'tenantry_pool',
        role: 'pool_order',
        addresses: [],
      },
    ],
    workloads: [{ id: 'gateway', kind: 'gateway', jwk }],
    databases: [{ id: 'tenantry_pool', host: '127.0.0.1', port: 5432, services: ['order'] }],
  })
  return publisher
}

function follow(publisher: DirectoryPublisher, kind: DirectoryWorkload['kind']) {
  const told: DirectoryMessage[] = []
  return { told, stop: publisher.follow(kind, (message) => told.push(message)) }
}

test('a follower is told all that is known, and then each change', () => {
  const publisher = published()
  const { told, stop } = follow(publisher, 'token-service')
  publisher.publish({ type: 'workload', workload: { id: 'relay', kind: 'relay', jwk } })
  assert.deepEqual(
    told.map(({ type }) => type),
    ['snapshot', 'workload'],
  )
  stop()
  publisher.publish({ type: 'workload', workload: { id: 'order.pool', kind: 'service', jwk } })
  assert.equal(told.length, 2)
})

test('each kind of process is told no more than its work needs', () => {
  const publisher = published()
  const sees = (kind: DirectoryWorkload['kind']) => {
    const snapshot = follow(publisher, kind).told[0]
    assert.equal(snapshot?.type, 'snapshot')
    const { tenants, deployments, workloads, databases } = snapshot as Extract<
      DirectoryMessage,
      { type: 'snapshot' }
    >
    return [tenants, deployments, workloads, databases].map(({ length }) => length)
  }
  assert.deepEqual(sees('token-service'), [1, 1, 1, 0])
  assert.deepEqual(sees('gateway'), [1, 1, 0, 0])
  assert.deepEqual(sees('relay'), [1, 1, 0, 1])
  assert.deepEqual(sees('identity-provider'), [1, 0, 0, 0])
})

test('a change that a follower may not know is not told', () => {
  const publisher = published()
  const { told } = follow(publisher, 'identity-provider')
  publisher.publish({ type: 'workload', workload: { id: 'relay', kind: 'relay', jwk } })
  assert.equal(told.length, 1)
})

test('services may not follow the directory at all', () => {
  assert.equal(mayFollow('service'), false)
  assert.equal(mayFollow('gateway'), true)
})
