import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeptHop } from './ask-for-hops.ts'
import { followRequest } from './follow-request.ts'

const trace = 'a'.repeat(32)
const keep = { keep: '24h', mebibytesPerProcess: 8 }
let clock = 0
const common = (request: string, tenant: string | undefined) => ({
  request,
  tenant,
  trace,
  tier: 'basic',
  atMs: ++clock,
  ms: 1,
})
const received = (request: string, tenant: string | undefined = 'tenant-a'): KeptHop => ({
  ...common(request, tenant),
  ...{ kind: 'gateway', process: 'gateway', method: 'POST', status: 200 },
})
const served = (request: string, tenant = 'tenant-a', service = 'order'): KeptHop => ({
  ...common(request, tenant),
  ...{ kind: 'service', process: `${service}.pool`, service, deployment: `${service}.pool` },
  ...{ method: 'POST', route: '/', status: 200 },
})
const emitted = (request: string, id: string, tenant = 'tenant-a'): KeptHop => ({
  ...common(request, tenant),
  ...{ kind: 'emitted', process: 'order.pool', service: 'order', deployment: 'order.pool' },
  event: { id, type: 'order.placed' },
})

/** Follows among `hops`, as if all processes together had them. */
function follow(
  id: string,
  hops: readonly KeptHop[],
  { unread = [] as string[], oldestAtMs = null as number | null, ...more } = {},
) {
  const asked: { ids: readonly string[]; gateways: boolean }[] = []
  const followed = followRequest(id, {
    keep: { ...keep, ...more },
    ask: async (ids, { gateways }) => {
      asked.push({ ids, gateways })
      const found = hops.filter(({ request, trace }) => ids.includes(request) || ids.includes(trace ?? ''))
      return { hops: found, oldestAtMs, unread }
    },
  })
  return Object.assign(followed, { asked })
}
const namesOf = (hops: readonly KeptHop[]) => hops.map(({ kind, request }) => `${kind} ${request}`)

test('a request leads to the events that were emitted for it, and on to theirs', async () => {
  const hops = [
    received('r'),
    served('r'),
    emitted('r', 'e-1'),
    served('e-1'),
    emitted('e-1', 'e-2'),
    served('e-2'),
  ]
  const following = follow('r', hops)
  const { hops: found, complete } = await following
  assert.deepEqual(namesOf(found), namesOf(hops))
  assert.equal(complete, true)
  // No event comes by a gateway.
  assert.deepEqual(
    following.asked.map(({ gateways }) => gateways),
    [true, false, false],
  )
})

test('another request of the same trace is another request’s', async () => {
  const hops = [received('r-1'), received('r-2'), served('r-2'), served('r-1')]
  assert.deepEqual(namesOf((await follow('r-1', hops)).hops), ['gateway r-1', 'service r-1'])
})

test('the trace of one request is explained as that request; the trace of several names them', async () => {
  const one = [received('r'), served('r'), emitted('r', 'e-1'), served('e-1')]
  const { id, hops } = await follow(trace, one)
  assert.deepEqual([id, hops.length], ['r', 4])
  await assert.rejects(follow(trace, [...one, received('r-2')]), ({ code, status, help }: never) => {
    assert.deepEqual([code, status], ['TRACE_OF_SEVERAL', 409])
    assert.match(help, /\br, r-2$/)
    return true
  })
  // Work that no gateway knows of is told by what no event began.
  assert.equal((await follow(trace, one.slice(1))).id, 'r')
})

test('what a process says of another tenant is left out, whatever id it says it of', async () => {
  const hops = [
    received('r'),
    served('r', 'tenant-b'),
    emitted('r', 'e-1', 'tenant-b'),
    served('e-1', 'tenant-b'),
  ]
  assert.deepEqual(namesOf((await follow('r', hops)).hops), ['gateway r'])
  // An event that two tenants have is followed as the first one's only.
  const events = [emitted('r', 'e-1'), served('e-1'), served('e-1', 'tenant-b')]
  assert.ok((await follow('r', [received('r'), ...events])).hops.every(({ tenant }) => tenant === 'tenant-a'))
})

test('a request that was refused before its tenant was known shows none', async () => {
  const refused = { ...received('r'), tenant: undefined }
  assert.deepEqual(namesOf((await follow('r', [refused, served('r')])).hops), ['gateway r'])
})

test('events that lead in a circle end, and a flood of them is cut off and said to be', async () => {
  const circle = [
    received('r'),
    emitted('r', 'e-1'),
    emitted('e-1', 'e-2'),
    emitted('e-2', 'e-1'),
    emitted('e-2', 'r'),
  ]
  const { hops, complete } = await follow('r', circle)
  assert.deepEqual([hops.length, complete], [5, true])
  const flood = [received('r'), ...Array.from({ length: 3_000 }, (_, at) => emitted('r', `e-${at}`))]
  const cut = await follow('r', flood)
  assert.deepEqual([cut.hops.length, cut.complete], [1_000, false])
  const chain = Array.from({ length: 500 }, (_, at) => emitted(at ? `e-${at}` : 'r', `e-${at + 1}`))
  assert.equal((await follow('r', [received('r'), ...chain])).complete, false)
})

test('an unknown request says for how long records are kept, since when, and who did not answer', async () => {
  const unknown = (options?: Parameters<typeof follow>[2]) =>
    follow('nobody', [received('r')], options).then(
      () => assert.fail('it was found'),
      ({ code, status, help }) => ({ code, status, help: String(help) }),
    )
  const { code, status, help } = await unknown({ oldestAtMs: 0, unread: ['order.pool'] })
  assert.deepEqual([code, status], ['REQUEST_UNKNOWN', 404])
  assert.match(help, /newest 8 MiB .* for 24h at most .* 1970-01-01T00:00:00.000Z.* order\.pool$/)
  assert.match((await unknown()).help, /none is there now$/)
  assert.match((await unknown({ mebibytesPerProcess: 0 } as never)).help, /nothing is kept/)
})

test('processes that did not answer are named once', async () => {
  const hops = [received('r'), emitted('r', 'e-1')]
  assert.deepEqual((await follow('r', hops, { unread: ['relay'] })).unread, ['relay'])
})
