import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { describeAdopt } from './adopt.ts'
import { describeApiKeys } from './api-keys.ts'
import { describeAudit } from './audit.ts'
import { describeBadInput } from './bad-input.ts'
import { describeChaos } from './chaos.ts'
import { describeConsole } from './console.ts'
import { describeCost } from './cost.ts'
import { describeCrashes } from './crash.ts'
import { describeEvents } from './events.ts'
import { describeExplain } from './explain.ts'
import { describeLifecycle } from './lifecycle.ts'
import { describeLimits } from './limits.ts'
import { describeLoudTenants } from './loud-tenants.ts'
import { describeOperators } from './operators.ts'
import { describePruning } from './pruning.ts'
import { describeReadme } from './readme.ts'
import { describeRotation } from './rotation.ts'
import { RunningSystem } from './running-system.ts'
import { describeSeparation, describeShop } from './shop.ts'
import { describeStartAndStop } from './start-and-stop.ts'
import { describeTraces } from './traces.ts'
import { describeWhoHoldsWhat } from './who-holds-what.ts'

const system = await RunningSystem.create()

describe('the whole system, started as a user starts it', () => {
  before(() => system.start())
  after(() => system.remove())

  it('lists five tenants in three tiers and where each runs', async () => {
    const list = await system.tenantry('tenant', 'list')
    assert.match(list, /tenant-a +basic +active +pool +pool +pool +pool/)
    assert.match(list, /tenant-b +advanced +active +pool +pool +own +own/)
    assert.match(list, /tenant-c +premium +active +own +own +own +own/)
    assert.match(list, /tenant-d +basic +active +pool +pool +pool +pool/)
    assert.match(list, /tenant-e +advanced +active +pool +pool +own +own/)
  })

  for (const tenant of ['tenant-a', 'tenant-b', 'tenant-c', 'tenant-d', 'tenant-e'])
    describeShop(system, tenant)
  describeSeparation(system, 'tenant-a', 'tenant-d')
  describeSeparation(system, 'tenant-b', 'tenant-e')
  describeSeparation(system, 'tenant-c', 'tenant-a')
  describeTraces(system)
  describeExplain(system)
  describeApiKeys(system)
  describeBadInput(system)
  describeOperators(system)
  describeConsole(system)
  describeAudit(system)
  describeAdopt(system)
  describeEvents(system)
  describeRotation(system)
  describeLifecycle(system)
  describeLimits(system)
  describeCost(system)
  describeLoudTenants(system)
  describeReadme(system)
  describeWhoHoldsWhat(system)
  describePruning(system)
  describeCrashes(system)
  describeChaos(system)
  describeStartAndStop(system)
})
