import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConnectionTurns } from './connection-turns.ts'

/** Who had a connection, in their order, when two tenants asked six times each at once. */
async function order(weights: Record<string, number>): Promise<string> {
  let now: Record<string, number> = {}
  const turns = createConnectionTurns({ connections: 1, waitMs: 0, weightOf: ({ tier }) => now[tier] ?? 1 })
  const first = await turns.take({ id: 'first', tier: 'basic' })
  now = weights
  let served = ''
  const asked = [...'abababababab'].map(async (id) => {
    const leave = await turns.take({ id, tier: id === 'a' ? 'premium' : 'basic' })
    served += id
    leave()
  })
  first()
  await Promise.all(asked)
  return served
}

test('a weight that changes holds from the next turn on', async () => {
  assert.equal(await order({}), 'abababababab')
  assert.match(await order({ premium: 3 }), /^a.*aaa/)
})
