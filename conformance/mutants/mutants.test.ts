import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { SeededRandom } from '../../packages/tenantry/src/testing/attack/seeded-random.ts'
import { startTestPostgres, type TestPostgres } from '../../tools/test-postgres.ts'
import { mutate } from './mutant.ts'
import { mutants } from './mutants.ts'
import { runMutants } from './run-mutants.ts'

describe('the short form of the mutation suite', () => {
  const given = process.env.TENANTRY_TEST_POSTGRES
  let server: TestPostgres
  before(async () => {
    server = await startTestPostgres()
    const { stop: _, ...address } = server
    process.env.TENANTRY_TEST_POSTGRES = JSON.stringify(address)
  })
  after(async () => {
    if (given === undefined) delete process.env.TENANTRY_TEST_POSTGRES
    await server.stop()
  })

  it('every mutant applies to the sources as they are, once, under a name of its own', () => {
    for (const mutant of mutants) mutate(mutant, '.')
    assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length)
  })

  it('three mutants, chosen by a seed, are killed', async (test) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    test.diagnostic(`seed ${seed}`)
    const random = new SeededRandom(seed)
    const chosen = new Set([random.pick(mutants)])
    while (chosen.size < 3) chosen.add(random.pick(mutants))
    for (const { mutant, killed, by, seconds } of await runMutants([...chosen])) {
      test.diagnostic(`${mutant.name}: ${by}, ${seconds.toFixed(1)} s`)
      assert.ok(killed, `${mutant.name}: ${by}`)
    }
  })
})
