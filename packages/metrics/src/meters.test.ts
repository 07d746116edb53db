import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInScope, type TenantContext } from '@tenantry/context'
import { createMeters } from './meters.ts'

const owner = { service: 'order', deployment: 'order.pool' }
const context = { tenant: { id: 'tenant-a', tier: 'basic' } } as TenantContext
const answered = { method: 'GET', route: '/orders', status: 200, durationS: 0.004 }

test('a request counts under its tenant, with duration and route', async () => {
  const meters = createMeters(owner)
  meters.recordRequest({ ...answered, tenant: context.tenant })
  const page = await meters.prometheusPage()
  const line = page.split('\n').find((text) => text.startsWith('http_server_request_duration_seconds_count'))
  for (const label of [
    'tenant_id="tenant-a"',
    'tenant_tier="basic"',
    'service_name="order"',
    'tenantry_deployment="order.pool"',
    'http_route="/orders"',
    'http_response_status_code="200"',
  ]) {
    assert.ok(line?.includes(label), `${label} in ${line}`)
  }
})

test('a request that was refused before its tenant was known counts under none', async () => {
  const meters = createMeters(owner)
  meters.recordRequest({ ...answered, tenant: undefined, status: 401 })
  assert.doesNotMatch(await meters.prometheusPage(), /tenant_id/)
})

test('a counter of the service takes the tenant from the scope', async () => {
  const meters = createMeters(owner)
  await runInScope(context, () => meters.count('order.created', 2))
  assert.match(await meters.prometheusPage(), /^order_created_total\{[^}]*tenant_id="tenant-a"[^}]*\} 2$/m)
})

test('a finding in an adopted database counts under its kind, its table and the tenant, if there is one', async () => {
  const meters = createMeters(owner)
  await runInScope(context, () => meters.recordFinding('rows-read', 'public.notes'))
  meters.recordFinding('no-scope', undefined)
  const page = await meters.prometheusPage()
  assert.match(
    page,
    /^tenantry_adoption_findings_total\{[^}]*tenant_id="tenant-a"[^}]*"rows-read"[^}]*"public.notes"[^}]*\} 1$/m,
  )
  assert.match(page, /^tenantry_adoption_findings_total\{(?![^}]*tenant_id)[^}]*"no-scope"[^}]*\} 1$/m)
})

test('outside a scope nothing is counted for a service', () => {
  assert.throws(() => createMeters(owner).count('order.created'), { code: 'CONTEXT_MISSING' })
})

test('what would not stay bounded is refused: names, amounts, attributes and how many there are', async () => {
  const meters = createMeters(owner)
  const refused = { code: 'METRIC_INVALID' }
  await runInScope(context, () => {
    for (const name of ['Order Created', '', '__proto__', 'a'.repeat(64), 'order\ncreated']) {
      assert.throws(() => meters.count(name), refused, name)
    }
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => meters.count('order.created', amount), refused, String(amount))
    }
    for (const attributes of [
      { note: 'x'.repeat(65) },
      { note: 'a\nb' },
      { note: '"} 1' },
      { note: '' },
      { 'a.b': '1', a_b: '2' },
      { a: '1', b: '1', c: '1', d: '1', e: '1', f: '1' },
    ]) {
      assert.throws(() => meters.count('order.created', 1, attributes as never), refused)
    }
  })
  assert.doesNotMatch(await meters.prometheusPage(), /order_created/)
})

test('names made of what a client sends come to an end', async () => {
  const meters = createMeters(owner)
  await runInScope(context, () => {
    for (let n = 0; n < 500; n++) meters.count(`order.n${n}`)
    assert.throws(() => meters.count('order.more'), {
      code: 'METRIC_INVALID',
      message: 'metric `order.more` is refused for being the 501st',
    })
    meters.count('order.n0')
  })
})

test('no attribute takes the tenant’s or the service’s place, however it is spelt', async () => {
  const meters = createMeters(owner)
  await runInScope(context, () => {
    for (const key of [
      'tenant.id',
      'tenant_id',
      'tenant.tier',
      'service.name',
      'tenantry.deployment',
      'le',
    ]) {
      assert.throws(
        () => meters.count('order.created', 1, { [key]: 'tenant-z' }),
        { code: 'METRIC_INVALID', message: 'metric `order.created` is refused for an attribute' },
        key,
      )
    }
  })
  assert.doesNotMatch(await meters.prometheusPage(), /tenant-z/)
})

test('no service counts under a name of the platform’s', async () => {
  const meters = createMeters(owner)
  await runInScope(context, () => {
    for (const name of ['http.server.request.duration', 'tenantry.events.delivered', 'tenantry_events']) {
      assert.throws(() => meters.count(name), { code: 'METRIC_INVALID' }, name)
    }
  })
})

test('names that Prometheus writes alike are one counter, so that no series stands twice', async () => {
  const meters = createMeters(owner)
  await runInScope(context, () => {
    for (const name of ['order.created', 'order_created', 'order.created.total']) meters.count(name)
  })
  const page = await meters.prometheusPage()
  assert.deepEqual(
    page.match(/^order_created_total\{.*$/gm)?.map((line) => line.split('} ')[1]),
    ['3'],
  )
})

test('an event counts under its type, by what became of it and for whom', async () => {
  const meters = createMeters(owner)
  meters.recordEvent('emitted', 'order.placed', context.tenant)
  await runInScope(context, () => meters.recordEvent('delivered', 'order.placed', undefined))
  const page = await meters.prometheusPage()
  for (const what of ['emitted', 'delivered']) {
    const line = page.match(new RegExp(`^tenantry_events_${what}_total\\{.*$`, 'm'))?.[0] ?? ''
    assert.match(line, /tenant_id="tenant-a".*tenantry_event_type="order.placed".* 1$/)
  }
  assert.doesNotMatch(page, /refused_total\{/)
})

test('a deployment that events cannot reach is open on the page, with how often, and no longer once nothing is told of it', async () => {
  const meters = createMeters(owner)
  const circuit = { deployment: 'invoice.pool', isOpen: true, opened: 2 }
  let circuits: (typeof circuit)[] = []
  meters.observeCircuits(() => circuits)
  const samples = async () =>
    [...(await meters.prometheusPage()).matchAll(/^tenantry_events_circuit_(\w+)\{(.*)\} (\d+)$/gm)].map(
      ([, name, labels, value]) => [
        name,
        labels?.includes('tenantry_event_deployment="invoice.pool"'),
        value,
      ],
    )
  const shown = (open: string) => [
    ['open', true, open],
    ['opened_total', true, '2'],
  ]
  assert.deepEqual(await samples(), [])
  circuits = [circuit]
  assert.deepEqual(await samples(), shown('1'))
  circuits = [{ ...circuit, isOpen: false }]
  assert.deepEqual(await samples(), shown('0'))
  circuits = [circuit]
  assert.deepEqual(await samples(), shown('1'))
  circuits = []
  assert.deepEqual(await samples(), shown('0'))
})

test('a request is active until it ends', async () => {
  const meters = createMeters(owner)
  const active = async () =>
    /^http_server_active_requests\{.*\} (\d)/m.exec(await meters.prometheusPage())?.[1]
  const end = meters.startRequest('GET')
  assert.equal(await active(), '1')
  end()
  assert.equal(await active(), '0')
})

test('a method that is none is counted as another', async () => {
  const meters = createMeters(owner)
  meters.recordRequest({ ...answered, tenant: undefined, method: 'BREW' })
  assert.match(await meters.prometheusPage(), /http_request_method="_OTHER"/)
})

test('series stay bounded whatever there is of routes and statuses: what is beyond is counted together', async () => {
  const meters = createMeters(owner)
  for (let n = 0; n < 2_100; n++)
    meters.recordRequest({ ...answered, tenant: undefined, route: `/orders/${n}` })
  const page = await meters.prometheusPage()
  assert.match(
    page,
    /^http_server_request_duration_seconds_count\{[^}]*otel_metric_overflow="true"[^}]*\} 100$/m,
  )
  assert.equal(page.match(/_count\{/g)?.length, 2_001)
})

test('the busiest tenants have series of their own, the others those of their tier, and every request is in one', async () => {
  const meters = createMeters({ ...owner, tenantSeries: 2 })
  const ask = (id: string, times: number, tier = 'basic') => {
    for (let n = 0; n < times; n++) meters.recordRequest({ ...answered, tenant: { id, tier } })
  }
  const counts = async () =>
    Object.fromEntries(
      [
        ...(await meters.prometheusPage()).matchAll(
          /^http_server_request_duration_seconds_count\{.*tenant_id="([^"]*)",tenant_tier="([^"]*)".*\} (\d+)$/gm,
        ),
      ].map(([, id, tier, count]) => [`${id} ${tier}`, Number(count)]),
    )
  ask('first', 3)
  ask('second', 1)
  ask('third', 2)
  ask('fourth', 9, 'premium')
  assert.deepEqual(await counts(), {
    'first basic': 3,
    'second basic': 1,
    '_other basic': 2,
    '_other premium': 9,
  })
  // Asking ranks them: fourth has the place of second from now on.
  ask('second', 1)
  ask('fourth', 5, 'premium')
  assert.deepEqual(await counts(), {
    'first basic': 3,
    '_other basic': 3,
    '_other premium': 9,
    'fourth premium': 5,
  })
})

test('an instrument that a service makes by OpenTelemetry’s API takes the tenant from the scope, and says nothing of tenants itself', async () => {
  const meters = createMeters(owner)
  const prices = meters.provider.getMeter('shop').createCounter('shop.sold')
  const given = {
    colour: 'red',
    note: 'anything" a client\nsends',
    'tenant.id': 'tenant-z',
    'service.name': 'other',
  }
  await runInScope(context, () => prices.add(5, given))
  prices.add(1, given)
  const lines = (await meters.prometheusPage())
    .split('\n')
    .filter((line) => line.startsWith('shop_sold_total'))
  const own = 'service_name="order",tenantry_deployment="order.pool"'
  assert.deepEqual(lines, [
    `shop_sold_total{${own},tenant_id="tenant-a",tenant_tier="basic",colour="red",note="_unbounded"} 5`,
    `shop_sold_total{${own},colour="red",note="_unbounded"} 1`,
  ])
})

test('no attribute of a service’s own names a tenant or spoils the page, however it is written', async () => {
  const meters = createMeters(owner)
  const sold = meters.provider.getMeter('shop').createHistogram('shop.sold', { unit: 'ms' })
  sold.record(1, {
    ...{ 'tenant-id': 'tenant-z', TENANT_ID: 'tenant-z', 'service name': 'other', tenantry_deployment: 'x' },
    ...{ le: '1', quantile: '1', job: 'x', instance: 'x', __name__: 'evil', '1st': 'x', '': 'x', é: 'x' },
    ...{ 'a.b': 'first', a_b: 'second', list: ['anything a client\nsends'] },
  })
  const page = await meters.prometheusPage()
  assert.equal(
    /^shop_sold_milliseconds_count\{(.*)\} 1$/m.exec(page)?.[1],
    'service_name="order",tenantry_deployment="order.pool",a_b="first",list="_unbounded"',
  )
})

test('what the platform measures is measured once: instruments of its names, made by others, are told of nowhere', async () => {
  const meters = createMeters(owner)
  const meter = meters.provider.getMeter('@opentelemetry/instrumentation-http')
  meter.createHistogram('http.server.request.duration', { unit: 's' }).record(1)
  meter.createUpDownCounter('HTTP.server.active_requests').add(1)
  meter.createCounter('tenantry.usage.requests').add(1)
  meter.createObservableGauge('tenantry-events-waiting').addCallback((result) => result.observe(1))
  assert.doesNotMatch(await meters.prometheusPage(), /[{]/)
  meter.createHistogram('http.client.request.duration', { unit: 's' }).record(1)
  const gauge = meter.createObservableGauge('shop.open')
  meter.addBatchObservableCallback((result) => result.observe(gauge, 1), [gauge])
  const page = await meters.prometheusPage()
  assert.match(page, /^http_client_request_duration_seconds_count\{/m)
  assert.match(page, /^shop_open\{.*\} 1$/m)
})

test('no label is long, and no series has many: a route, a name and the number of a service’s own attributes have a bound', async () => {
  const meters = createMeters(owner)
  const sold = meters.provider.getMeter('shop').createCounter('shop.sold')
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`key${n}`, 'x']))
  sold.add(1, { ['k'.repeat(65)]: 'x', ...many })
  meters.recordRequest({ ...answered, tenant: undefined, route: `/${'x'.repeat(128)}` })
  const page = await meters.prometheusPage()
  assert.equal(page.match(/key\d+="x"/g)?.length, 16)
  assert.doesNotMatch(page, /kkk|xxx/)
  assert.match(page, /http_route="_unbounded"/)
})

test('an instrument stays bounded over readings: what is new after ten thousand combinations is counted together', async () => {
  const meters = createMeters(owner)
  const sold = meters.provider.getMeter('shop').createCounter('shop.sold')
  for (let round = 0; round < 8; round++) {
    for (let n = 0; n < 1_900; n++) sold.add(1, { buyer: `${round}-${n}` })
    await meters.prometheusPage()
  }
  const page = await meters.prometheusPage()
  assert.equal(page.match(/^shop_sold_total/gm)?.length, 10_001)
  assert.match(page, /^shop_sold_total\{[^}]*otel_metric_overflow="true"\} 5200$/m)
})
