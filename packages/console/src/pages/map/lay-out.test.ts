import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildGraph } from './build-graph.ts'
import { columnsOf, layOut } from './lay-out.ts'

const service = (...calls: string[]) => ({ routes: ['/x'], calls, subscribes: [] })
const services = {
  product: service(),
  order: service('product', 'fulfillment'),
  fulfillment: service(),
  invoice: service('product'),
}
const deployments = Object.keys(services).flatMap((name) =>
  [null, 'tenant-a', 'tenant-b'].map((tenant) => ({
    id: `${name}.${tenant ?? 'pool'}`,
    service: name,
    tenant,
    database: 'd',
    addresses: [],
  })),
)

describe('the drawing of the map', () => {
  it('has each service right of all that call it', () => {
    assert.deepEqual(Object.fromEntries(columnsOf(services)), {
      product: 2,
      order: 1,
      fulfillment: 2,
      invoice: 1,
    })
  })

  it('comes to an end where services call each other in a circle', () => {
    assert.equal(columnsOf({ a: service('b'), b: service('a'), c: service('c') }).size, 3)
  })

  it('puts no two boxes in the same place, and all of them on the plane', () => {
    const { groups, nodes, edges, width, height } = layOut(
      buildGraph({ services, deployments, calls: [], silosMax: 5 }),
      services,
      900,
    )
    for (const boxes of [[...groups.values()], [...nodes.values()]]) {
      for (const [at, a] of boxes.entries()) {
        assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height)
        for (const b of boxes.slice(at + 1)) {
          const areApart =
            a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
          assert.ok(areApart, JSON.stringify([a, b]))
        }
      }
    }
    assert.equal(edges.length, 7)
    assert.ok(edges.every(({ path }) => /^M[\d.]+ [\d.]+C/.test(path) && !path.includes('NaN')))
  })
})
