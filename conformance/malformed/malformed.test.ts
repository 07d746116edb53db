import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fuzz } from './fuzz.ts'
import { startTargets } from './targets.ts'

const seed = Number(process.env.TENANTRY_SEED ?? Math.floor(Math.random() * 2 ** 31))
const targets = await startTargets()
after(() => Promise.all(targets.map((target) => target.close())))

for (const target of targets) {
  test(`${target.name} lets no malformed request in, answers none with 5xx, and goes on (seed ${seed})`, async () => {
    const { misses, answers, tried } = await fuzz(target, { seed, requests: 1_500 })
    assert.deepEqual(misses, [], `seed ${seed}`)
    assert.ok((answers[401] ?? 0) > tried / 2, JSON.stringify(answers))
  })
}
