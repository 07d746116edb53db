import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { describeAccessibility } from './console/accessibility.ts'
import { describeEvents } from './console/events.ts'
import { describeFirstLoad } from './console/first-load.ts'
import { describeIsolation } from './console/isolation.ts'
import { describeKeyboard } from './console/keyboard.ts'
import { describeMap } from './console/map.ts'
import { OpenedConsole } from './console/opened-console.ts'
import { describeOverview } from './console/overview.ts'
import { describeRequests } from './console/requests.ts'
import { describeOutage, describeSignIn } from './console/sessions.ts'
import { startShopTraffic } from './console/shop-traffic.ts'
import { noBrowser, startBrowser } from './console/start-browser.ts'
import { describeManyTenants, describeTenants } from './console/tenants.ts'
import { RunningSystem } from './end-to-end/running-system.ts'

// The page as operators have it: in a browser, of the whole system, with traffic of the shop.
const system = await RunningSystem.create()
const console = new OpenedConsole(system)
let stopTraffic = async () => {}

describe('the console, in a browser', { skip: noBrowser }, () => {
  before(async () => {
    await system.start()
    stopTraffic = await startShopTraffic(system)
    await console.open(await startBrowser())
  })
  after(async () => {
    await console.close()
    await stopTraffic()
    await system.remove()
  })

  describeSignIn(console)
  describeOverview(console)
  describeTenants(console)
  describeMap(console)
  describeRequests(console)
  describeIsolation(console)
  describeEvents(console)
  describeKeyboard(console)
  describeAccessibility(console)
  describeFirstLoad(console)
  describeManyTenants(console)

  it('gave the browser nothing to complain of', () => {
    // What was refused on purpose is logged by the browser as well.
    const expected = /TENANT|status of (404|409)/
    assert.deepEqual(
      console.complaints.filter((complaint) => !expected.test(complaint)),
      [],
    )
  })

  describeOutage(console)
})
