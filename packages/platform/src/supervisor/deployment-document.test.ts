import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig } from '@tenantry/routing'
import { deploymentDocument } from './deployment-document.ts'
import { issueToDeployment } from './issue-credential.ts'
import { StateFolder } from './state-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-documents-'))
after(() => rmSync(folder, { recursive: true }))

const config = readConfig({
  mode: 'development',
  trustDomain: 'shop.example',
  identity: { issuer: 'http://localhost:1', audience: 'shop', claims: { tenant: 't', role: 'r' } },
  tiers: { basic: { placement: 'pool' } },
  services: {
    mail: { entry: 'mail.ts', grants: ['work'] },
    report: { entry: 'report.ts', migrations: 'migrations', grants: ['central'] },
  },
})
const state = new StateFolder(folder)

/** What a deployment is started with; everything of it that a start makes anew is made anew. */
function documentOf(id: string, from = state): { jobKey?: string } {
  const { identity } = issueToDeployment(id, config)
  const order = { id, service: id.split('.')[0] ?? '', tenant: null }
  return deploymentDocument({ order, config, state: from, identity, database: null })
}

test('the key of jobs is the same at each start, another for each deployment, and only for whoever was granted work', () => {
  const { jobKey } = documentOf('mail.pool')
  assert.match(jobKey ?? '', /^[A-Za-z0-9_-]{43}$/)
  assert.equal(documentOf('mail.pool', new StateFolder(folder)).jobKey, jobKey)
  assert.notEqual(documentOf('mail.0a0a0a0a').jobKey, jobKey)
  assert.ok(!('jobKey' in documentOf('report.pool')))
})

test('a state folder of a version that signed no jobs gets what they are signed with, and keeps all else', () => {
  const { jobMaster, ...before } = state.secrets()
  const file = join(folder, 'secrets.json')
  writeFileSync(file, JSON.stringify(before))
  const later = new StateFolder(folder)
  const { jobMaster: made, ...kept } = later.secrets()
  assert.deepEqual(kept, before)
  assert.match(made, /^[A-Za-z0-9_-]{43}$/)
  assert.notEqual(made, jobMaster)
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).jobMaster, made)
  assert.equal(later.secrets().jobMaster, made)
})

test('the copies of a deployment in a cluster share its connections, and answer operators each in its own pod', () => {
  const inCluster = readConfig({
    ...config,
    workloads: { kubernetes: { issuer: 'http://localhost:2', namespace: 'shop' } },
    database: { connectionsPerDeployment: { pool: 10, silo: 3 } },
    deploy: { kubernetes: { copies: { pool: { min: 1, max: 3 }, silo: { min: 1, max: 1 } } } },
  })
  const server = { host: '127.0.0.1', port: 5432, pooler: false }
  const role = { database: 'tenantry_pool', user: 'pool_report', password: 'secret' }
  const central = { user: 'pool_report_central', password: 'secret', connections: 2 }
  const told = (of: typeof config, tenant: string | null, connections: number) => {
    const order = { id: 'report.pool', service: 'report', tenant }
    const { identity } = issueToDeployment(order.id, of)
    const database = { ...server, ...role, central, connections }
    const written = deploymentDocument({ order, config: of, state, identity, database })
    const document = written as { operatorSocket: string; database: typeof database }
    return [document.database.connections, document.database.central.connections, document.operatorSocket]
  }
  // With one more for a roll-out: that many copies there may be at once.
  assert.deepEqual(told(inCluster, null, 10), [2, 1, '/tmp/operators.sock'])
  assert.deepEqual(told(inCluster, 'tenant-a', 3), [1, 1, '/tmp/operators.sock'])
  assert.deepEqual(told(config, null, 10), [10, 2, state.socket('report.pool')])
})
