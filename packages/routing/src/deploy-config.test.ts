import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shopInput } from '../test/shop-cluster.ts'
import { readConfig, type TenantryConfigInput } from './config.ts'

type KubernetesInput = NonNullable<NonNullable<TenantryConfigInput['deploy']>['kubernetes']>

function withDeploy(kubernetes: Partial<KubernetesInput>): TenantryConfigInput {
  const input = shopInput()
  return { ...input, deploy: { kubernetes: { ...input.deploy?.kubernetes, ...kubernetes } } }
}

test('a cluster is described by defaults, where nothing else is said', () => {
  const { deploy } = readConfig({ ...shopInput(), deploy: { kubernetes: {} } })
  assert.deepEqual(deploy.kubernetes, {
    images: {},
    copies: { pool: { min: 2, max: 4 }, silo: { min: 1, max: 2 }, gateway: { min: 2, max: 4 } },
    resources: {},
    databases: [],
  })
})

test('what is wrong is told by path', () => {
  const refuses = (kubernetes: Partial<KubernetesInput>, message: RegExp) =>
    assert.throws(() => readConfig(withDeploy(kubernetes)), { code: 'CONFIG_INVALID', message })
  refuses({ images: { prices: 'x' } }, /`deploy\.kubernetes\.images`: there is no service `prices`/)
  refuses({ images: { order: 'a b' } }, /`deploy\.kubernetes\.images\.order`/)
  refuses({ resources: { prices: { cpu: '1', memory: '1Gi' } } }, /there is no service `prices`/)
  refuses({ resources: { order: { cpu: 'much', memory: '1Gi' } } }, /resources\.order\.cpu/)
  refuses({ copies: { pool: { min: 3, max: 2 } } }, /`min` is more than `max`/)
  refuses({ databases: [{ cidr: 'db.example' }] }, /databases\.0\.cidr/)
  refuses(
    { ingress: { namespace: 'Ingress', gateway: 'public', hosts: ['a.example'] } },
    /ingress\.namespace/,
  )
  refuses({ ingress: { namespace: 'ingress', gateway: 'public', hosts: [] } }, /ingress\.hosts/)
})

test('more copies than a deployment has connections for are refused, the one of a roll-out included', () => {
  const copies = { pool: { min: 2, max: 5 } }
  assert.throws(() => readConfig(withDeploy({ copies })), {
    message: /`deploy\.kubernetes\.copies\.pool\.max`: 5 copies .* share 5 connections; raise `database/,
  })
  const database = { connectionsPerDeployment: { pool: 6 } }
  assert.equal(readConfig({ ...withDeploy({ copies }), database }).deploy.kubernetes?.copies.pool.max, 5)
})
