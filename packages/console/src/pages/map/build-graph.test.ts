import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildGraph } from './build-graph.ts'

const services = {
  order: { routes: ['/orders'], calls: ['invoice'], subscribes: ['order.placed'] },
  invoice: { routes: [], calls: [], subscribes: [] },
}
const deployment = (service: string, tenant: string | null) => ({
  ...{ id: `${service}.${tenant ?? 'pool'}`, service, tenant, database: 'd' },
  addresses: tenant === 'down' ? [] : ['http://127.0.0.1:1'],
})
const many = [
  deployment('order', null),
  ...Array.from({ length: 100 }, (_, at) => deployment('order', `t${at + 100}`)),
]
const call = (from: string, to: string, perSecond: number) => ({ from, to, perSecond })

describe('the map', () => {
  it('draws a few silos by themselves and folds the others into one that says how many it stands for', () => {
    const { groups } = buildGraph({ services, deployments: many, calls: [], silosMax: 3 })
    assert.deepEqual(
      groups[0]?.nodes.map(({ text, kind }) => [text, kind]),
      [
        ['pool', 'pool'],
        ['t100', 'silo'],
        ['t101', 'silo'],
        ['t102', 'silo'],
        ['+97 silos', 'folded'],
      ],
    )
    assert.equal(
      buildGraph({ services, deployments: many, calls: [], silosMax: Number.POSITIVE_INFINITY }).groups[0]
        ?.nodes.length,
      101,
    )
  })

  it('draws the busiest silos, in the order of their names', () => {
    const { groups } = buildGraph({
      services,
      deployments: many,
      calls: [],
      silosMax: 2,
      busiest: ['order.t180', 'order.t107'],
    })
    assert.deepEqual(
      groups[0]?.nodes.map(({ text }) => text),
      ['pool', 't107', 't180', '+98 silos'],
    )
  })

  it('loses no call: those of folded silos, and of several gateways, are added up', () => {
    const calls = [
      call('gateway', 'order.t150', 2),
      call('gateway-2', 'order.t151', 3),
      call('gateway-2', 'order.pool', 1),
      call('outside', 'gateway-2', 6),
    ]
    const { edges, platform } = buildGraph({ services, deployments: many, calls, silosMax: 3 })
    assert.deepEqual(
      edges.filter(({ perSecond }) => perSecond > 0),
      [call('gateway', 'order+silos', 5), call('gateway', 'order.pool', 1), call('outside', 'gateway', 6)],
    )
    assert.deepEqual(
      platform.map(({ id }) => id),
      ['gateway', 'relay'],
    )
  })

  it('shows what the configuration allows where nothing is called, and what is down', () => {
    const deployments = [
      deployment('order', null),
      deployment('invoice', null),
      deployment('invoice', 'down'),
    ]
    const { edges, groups } = buildGraph({ services, deployments, calls: [], silosMax: 3 })
    assert.deepEqual(edges, [
      call('gateway', 'order.pool', 0),
      call('relay', 'order.pool', 0),
      call('order.pool', 'invoice.pool', 0),
    ])
    assert.deepEqual(
      groups[1]?.nodes.map(({ isDown }) => isDown),
      [false, true],
    )
  })
})
