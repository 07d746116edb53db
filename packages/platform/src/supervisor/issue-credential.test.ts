import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publicJwk } from '@tenantry/context'
import { readConfig } from '@tenantry/routing'
import { issueKey, issueToDeployment } from './issue-credential.ts'

const configOf = (workloads: object) =>
  readConfig({
    mode: 'development',
    trustDomain: 'shop.example',
    identity: { issuer: 'http://localhost:1', audience: 'shop', claims: { tenant: 't', role: 'r' } },
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts' } },
    workloads,
  })

test('a process that is started from here has a key of its own, and is known by its public half', () => {
  const { workload, identity } = issueKey({ id: 'gateway', kind: 'gateway' })
  const key = identity.key ?? assert.fail('no key')
  assert.deepEqual(workload, { id: 'gateway', kind: 'gateway', jwk: publicJwk(key) })
  assert.notDeepEqual(issueKey({ id: 'gateway', kind: 'gateway' }).workload, workload)
  assert.deepEqual(Object.keys(issueToDeployment('order.pool', configOf({})).identity), ['workload', 'key'])
})

test('a deployment of a cluster has its service account and no key', () => {
  const kubernetes = { issuer: 'https://oidc.example.com', namespace: 'shop', folder: '/tokens' }
  assert.deepEqual(issueToDeployment('order.3f9c2a71', configOf({ kubernetes })), {
    workload: {
      id: 'order.3f9c2a71',
      kind: 'service',
      serviceAccount: 'system:serviceaccount:shop:order.3f9c2a71',
    },
    identity: { workload: 'order.3f9c2a71', credentials: { folder: '/tokens' } },
  })
})
