import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { prometheusMissing, startPrometheus, type TestPrometheus } from '../tools/start-prometheus.ts'
import { eventually } from './end-to-end/eventually.ts'
import { RunningSystem } from './end-to-end/running-system.ts'
import { dashboardQueries, dashboardVariables } from './prometheus/dashboard.ts'
import { documentedMetrics, shownMetrics } from './prometheus/documented-metrics.ts'
import { everyMetric } from './prometheus/every-metric.ts'
import { type Sent, sendTraffic } from './prometheus/shop-traffic.ts'

const documented = 'docs/operating/prometheus'
/** What the shop, whose databases are not adopted and whose events are in order, has nothing of. */
const notInTheShop = ['tenantry_events_refused_total', 'tenantry_adoption_findings_total']
/** The shop's own. */
const isOwn = (name: string) => /^(product|order|invoice)_/.test(name)

interface Vector {
  readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[]
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { health: string; lastError?: string }[] }[]
}

function promtool(args: string[], input = ''): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8', timeout: 30_000 })
  return { status, said: `${stdout}${stderr}`.trim() }
}

describe('what the documentation tells Prometheus', { skip: prometheusMissing }, () => {
  it('has alerts each of which fires for what it is about and for nothing beside it', () => {
    const { status, said } = promtool(['test', 'rules', join(documented, 'alerts.test.yml')])
    assert.equal(status, 0, said)
  })
})

describe('Prometheus beside the shop, as documented', { skip: prometheusMissing }, () => {
  let system: RunningSystem
  let prometheus: TestPrometheus
  let sent: Sent
  before(async () => {
    system = await RunningSystem.create()
    await system.start()
    prometheus = await startPrometheus(documented, {
      '/etc/prometheus/tenantry-metrics-token': join(system.home, 'metrics-token'),
      '127.0.0.1:8090': `127.0.0.1:${system.env.TENANTRY_CONTROL_PORT}`,
      // Longer than a page waits for a process that stands still.
      '15s': '2s',
    })
    sent = await sendTraffic(system)
  })
  after(async () => {
    await prometheus?.stop()
    await system?.remove()
  })
  const query = async (text: string) => (await prometheus.ask<Vector>('query', { query: text })).result
  const byTenant = async (text: string) =>
    new Map((await query(text)).map(({ metric, value }) => [metric.tenant_id ?? '', Number(value[1])]))

  it('takes the configuration, and can read the rules', async () => {
    const { status, said } = promtool(['check', 'config', join(prometheus.folder, 'prometheus.yml')])
    assert.equal(status, 0, said)
    const rules = async () => {
      const { groups } = await prometheus.ask<Rules>('rules')
      return groups.flatMap((group) => group.rules)
    }
    await eventually(5_000, async () => (await rules()).every(({ health }) => health === 'ok'))
    assert.equal((await rules()).length, 10)
    assert.deepEqual(
      (await rules()).filter(({ lastError }) => lastError),
      [],
    )
  })

  it('counts each tenant’s requests as they were sent, by request and by usage, and those that a limit refused', async () => {
    const told = {
      requests: 'sum by (tenant_id) (tenantry_usage_requests_total{service_name="gateway"})',
      measured:
        'sum by (tenant_id) (http_server_request_duration_seconds_count{service_name="gateway",tenant_id!=""})',
      limited: 'sum by (tenant_id) (tenantry_usage_limited_total{service_name="gateway"}) > 0',
    }
    const requests = [...sent].map(([tenant, of]) => [tenant, of.requests] as const)
    const limited = [...sent]
      .map(([tenant, of]) => [tenant, of.limited] as const)
      .filter(([, count]) => count > 0)
    assert.equal(limited.length, 1)
    await eventually(
      5_000,
      async () => (await byTenant(told.requests)).get('tenant-a') === sent.get('tenant-a')?.requests,
    )
    const sorted = (counts: Iterable<readonly [string, number]>) => [...counts].sort()
    assert.deepEqual(sorted(await byTenant(told.requests)), sorted(requests))
    assert.deepEqual(sorted(await byTenant(told.measured)), sorted(requests))
    assert.deepEqual(sorted(await byTenant(told.limited)), sorted(limited))
    const [refused] = await query(
      'sum (http_server_request_duration_seconds_count{service_name="gateway",tenant_id=""})',
    )
    assert.equal(refused?.value[1], '1', 'the request that had no token')
  })

  it('can ask all that the dashboard asks, each has an answer, and all can be chosen', async () => {
    const queries = dashboardQueries()
    assert.ok(queries.length > 20)
    const endS = Date.now() / 1000
    const range = { start: String(endS - 120), end: String(endS), step: '1' }
    for (const { title, query: text } of queries) {
      const { result } = await prometheus.ask<Vector>('query_range', { query: text, ...range })
      const isOfShop = !notInTheShop.some((name) => text.includes(name))
      assert.equal(result.length > 0, isOfShop, `${title}: ${text}`)
    }
    for (const { name, series, label } of dashboardVariables()) {
      const offered = await query(`group by (${label}) (${series})`)
      assert.ok(
        offered.some(({ metric }) => metric[label]),
        name,
      )
    }
  })

  it('has metrics by the names and of the types that the page of the documentation lists, and lists all', async () => {
    const known = documentedMetrics()
    assert.deepEqual([...shownMetrics(await everyMetric())].sort(), [...known].sort())
    const page = await (await system.operate('/metrics')).text()
    const shown = [...shownMetrics(page)].filter(([name]) => !isOwn(name))
    for (const [name, type] of shown) assert.equal(known.get(name), type, name)
    const recorded = await prometheus.ask<string[]>('label/__name__/values')
    const family = (name: string) => (known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''))
    const ever = new Set(recorded.map(family))
    assert.deepEqual([...known.keys()].filter((name) => !ever.has(name)).sort(), [...notInTheShop].sort())
  })

  it('finds nothing to complain of in the page', async () => {
    const page = await (await system.operate('/metrics')).text()
    assert.deepEqual(promtool(['check', 'metrics'], page), { status: 0, said: '' })
  })
})
