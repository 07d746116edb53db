import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FairPlace, FairQueue } from './fair-queue.ts'

const bounds = { inFlightMax: 64, waitingMax: 512, shared: true }

/** Requests of many tenants before one queue, in the order in which each had its turn. */
class Load {
  readonly queue: FairQueue
  readonly running = new Map<string, Set<FairPlace>>()
  readonly turns: string[] = []

  constructor(over: Partial<typeof bounds> = {}) {
    this.queue = new FairQueue({ ...bounds, ...over })
  }

  send(tenant: string, weight = 1): FairPlace | undefined {
    const place = this.queue.enter(tenant, weight)
    if (place?.inFlight) this.#begin(tenant, place)
    else if (place) place.onTurn = () => this.#begin(tenant, place)
    return place
  }

  /** Sends as long as there is room, and returns how many found it. */
  flood(tenant: string, weight = 1): number {
    for (let sent = 0; ; sent++) if (!this.send(tenant, weight)) return sent
  }

  end(tenant: string): void {
    const [place] = this.running.get(tenant) ?? []
    assert.ok(place, `nothing of ${tenant} runs`)
    this.running.get(tenant)?.delete(place)
    this.queue.leave(place)
  }

  count(tenant: string): number {
    return this.running.get(tenant)?.size ?? 0
  }

  #begin(tenant: string, place: FairPlace): void {
    this.turns.push(tenant)
    this.running.set(tenant, (this.running.get(tenant) ?? new Set()).add(place))
  }
}

test('a tenant that floods leaves room, in what runs and in what waits, and the next tenant need not wait', () => {
  const load = new Load()
  assert.equal(load.flood('loud'), 48 + 384)
  assert.deepEqual([load.queue.inFlight, load.queue.waiting], [48, 384])
  assert.equal(load.send('quiet')?.inFlight, true)
})

test('a silo is all its tenant’s', () => {
  const load = new Load({ shared: false })
  assert.equal(load.flood('only'), 64 + 512)
  assert.deepEqual([load.queue.inFlight, load.queue.waiting], [64, 512])
})

test('tenants that flood hold what runs in proportion to their weights, however long each of their requests takes', () => {
  const load = new Load({ inFlightMax: 200, waitingMax: 10_000 })
  const weights = { a: 1, b: 1, c: 4 }
  const refill = () => {
    for (const [tenant, weight] of Object.entries(weights)) load.flood(tenant, weight)
  }
  refill()
  // What is slow is of `a`: ten requests of each of the others end for one of its own.
  for (let round = 0; round < 3_000; round++) {
    for (const tenant of round % 10 === 0 ? ['a', 'b', 'c'] : ['b', 'c'])
      if (load.count(tenant)) load.end(tenant)
    refill()
  }
  const [a, b, c] = ['a', 'b', 'c'].map((tenant) => load.count(tenant)) as [number, number, number]
  assert.ok(Math.abs(a - b) <= 3, `${a} and ${b}`)
  assert.ok(Math.abs(c - 4 * a) <= 12, `${c} and ${a}`)
})

test('where nothing is free tenants take turns by their weights, whoever sent more', () => {
  const load = new Load({ inFlightMax: 1, waitingMax: 10_000 })
  load.send('first')
  for (let sent = 0; sent < 500; sent++) load.send('loud')
  for (let sent = 0; sent < 20; sent++) load.send('heavy', 3)
  for (let sent = 0; sent < 5; sent++) load.send('quiet')
  load.end('first')
  for (let ended = 0; ended < 25; ended++) load.end(load.turns.at(-1) ?? '')
  const early = load.turns.slice(1, 26)
  const count = (tenant: string) => early.filter((turn) => turn === tenant).length
  assert.deepEqual([count('loud'), count('heavy'), count('quiet')], [5, 15, 5])
  assert.ok(early.indexOf('quiet') <= 4, 'a tenant waits for one turn of each other')
})

test('a tenant’s own requests keep their order', () => {
  const load = new Load({ inFlightMax: 1 })
  load.send('a')
  const order: number[] = []
  const places = [1, 2, 3].map((number) => {
    const place = load.queue.enter('a', 1)
    if (place) place.onTurn = () => order.push(number)
    return place
  })
  load.end('a')
  for (const place of places) if (place) load.queue.leave(place)
  assert.deepEqual(order, [1, 2, 3])
})

test('whoever goes away leaves the queue and never has a turn, and leaving twice gives back one place', () => {
  const load = new Load({ inFlightMax: 1 })
  load.send('a')
  const waiting = load.send('a')
  const behind = load.send('a')
  assert.ok(waiting && behind)
  load.queue.leave(waiting)
  load.queue.leave(waiting)
  assert.equal(load.queue.waiting, 1)
  load.end('a')
  assert.deepEqual([waiting.inFlight, behind.inFlight, load.queue.inFlight], [false, true, 1])
  load.queue.leave(behind)
  load.queue.leave(behind)
  assert.deepEqual([load.queue.inFlight, load.queue.waiting, load.queue.tenants], [0, 0, 0])
})

test('a queue in which nobody may wait refuses what it cannot take at once', () => {
  const load = new Load({ inFlightMax: 1, waitingMax: 0 })
  assert.equal(load.send('a')?.inFlight, true)
  assert.equal(load.send('b'), undefined)
  load.end('a')
  assert.equal(load.send('b')?.inFlight, true)
})

test('a weight that is raised lets in what waits already', () => {
  const load = new Load({ inFlightMax: 8 })
  load.flood('a')
  assert.equal(load.count('a'), 6)
  load.send('a', 100)
  assert.equal(load.count('a'), 8)
})

test('whatever happens, no more are in than may be, nobody waits who could be in, and all have their turn', () => {
  const seed = Number(process.env.TENANTRY_SEED ?? Date.now() % 1_000_000)
  let state = seed
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let round = 0; round < 200; round++) {
    const inFlightMax = 1 + random(12)
    const load = new Load({ inFlightMax, waitingMax: random(40), shared: random(4) > 0 })
    const waiting = new Set<FairPlace>()
    for (let step = 0; step < 400; step++) {
      const tenant = `t${random(6)}`
      const chance = random(10)
      if (chance < 6) {
        const place = load.send(tenant, 1 + random(3))
        if (place && !place.inFlight) waiting.add(place)
      } else if (chance < 9) {
        if (load.count(tenant)) load.end(tenant)
      } else {
        const [gone] = waiting
        if (gone && !gone.inFlight) load.queue.leave(gone)
        if (gone) waiting.delete(gone)
      }
      assert.ok(load.queue.inFlight <= inFlightMax, `seed ${seed}`)
      const running = [...load.running.values()].reduce((sum, places) => sum + places.size, 0)
      assert.equal(running, load.queue.inFlight, `seed ${seed}`)
      if (load.queue.inFlight === 0)
        assert.equal(load.queue.waiting, 0, `seed ${seed}: something waits for nothing`)
    }
    while (load.queue.inFlight > 0)
      for (const tenant of load.running.keys()) if (load.count(tenant)) load.end(tenant)
    assert.deepEqual([load.queue.inFlight, load.queue.waiting, load.queue.tenants], [0, 0, 0], `seed ${seed}`)
  }
})

test('a hundred thousand tenants cost a request no more than ten do', () => {
  const perRequestUs = (tenants: number) => {
    const queue = new FairQueue({ ...bounds, waitingMax: 100_000 })
    const blocker = Array.from({ length: 64 }, (_, index) => queue.enter(`b${index}`, 1))
    const waiting = Array.from({ length: tenants }, (_, index) => queue.enter(`t${index}`, 1))
    const startedAtMs = performance.now()
    const requests = 50_000
    for (let index = 0; index < requests; index++) {
      const place = queue.enter(`t${index % tenants}`, 1)
      if (place) queue.leave(place)
    }
    const us = ((performance.now() - startedAtMs) * 1000) / requests
    for (const place of [...blocker, ...waiting]) if (place) queue.leave(place)
    assert.equal(queue.tenants, 0)
    return us
  }
  perRequestUs(10)
  const [few, many] = [perRequestUs(10), perRequestUs(99_000)]
  assert.ok(many < 20 * few + 20, `${few} µs and ${many} µs`)
})
