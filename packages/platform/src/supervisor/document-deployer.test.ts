import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig, type TenantryConfigInput } from '@tenantry/routing'
import { DocumentDeployer } from './document-deployer.ts'
import { StateFolder } from './state-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-deployer-'))
after(() => rmSync(folder, { recursive: true }))
const state = new StateFolder(folder)

const alone: TenantryConfigInput = {
  mode: 'development',
  trustDomain: 'shop.example',
  identity: { issuer: 'http://localhost:1', audience: 'shop', claims: { tenant: 't', role: 'r' } },
  tiers: { basic: { placement: 'pool' } },
  services: { mail: { entry: 'mail.ts' } },
}

function deployed(more: Partial<TenantryConfigInput>) {
  const deployer = new DocumentDeployer({
    config: readConfig({ ...alone, ...more }),
    state,
    controlPlane: () => assert.fail('a service without a database needs no credentials'),
    onDeployed: () => undefined,
  })
  return deployer.deploy({ id: 'mail.pool', service: 'mail', tenant: null })
}

test('a deployment of a described cluster is reached at its Service, and any other nowhere', async () => {
  const workloads = { kubernetes: { issuer: 'http://localhost:2', namespace: 'shop' } }
  assert.equal(
    (await deployed({ workloads, deploy: { kubernetes: {} } })).address,
    'http://mail-pool.shop.svc',
  )
  assert.equal((await deployed({ workloads })).address, null)
  assert.equal((await deployed({})).address, null)
  assert.ok(existsSync(state.document('mail.pool')))
})
