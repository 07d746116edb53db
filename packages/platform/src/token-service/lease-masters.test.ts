import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KeptLeaseMaster, LeaseMasters } from './lease-masters.ts'

const overlapMs = 50

function keeper(kid = 1) {
  let kept: readonly KeptLeaseMaster[] = [{ kid, master: randomBytes(32).toString('base64url') }]
  const start = () =>
    new LeaseMasters(kept, {
      overlapMs,
      keep: async (masters) => {
        kept = masters
      },
    })
  return { start, masters: start(), kept: () => kept }
}
const statesOf = ({ states }: LeaseMasters) => states.map(({ kid, state }) => `${kid} ${state}`)

test('a rotation goes by its steps alone, each taken twice as good as once', async () => {
  const { masters } = keeper()
  await assert.rejects(masters.take('switch'), { code: 'LEASE_KEY_STEP', status: 409 })
  for (const step of ['make', 'make'] as const) await masters.take(step)
  assert.deepEqual(statesOf(masters), ['1 signing', '2 installing'])
  assert.equal(masters.current.kid, 1)
  for (const step of ['switch', 'switch'] as const) await masters.take(step)
  assert.deepEqual(statesOf(masters), ['1 expiring', '2 signing'])
  await assert.rejects(masters.take('make'), { code: 'LEASE_KEY_STEP' })
  await assert.rejects(masters.take('release'), { code: 'LEASE_KEY_STEP', message: /may still be in use/ })
  await masters.take('forget')
  assert.deepEqual(statesOf(masters), ['1 expiring', '2 signing'], 'one that may be in use is not forgotten')
  await sleep(overlapMs + 5)
  for (const step of ['release', 'release'] as const) await masters.take(step)
  assert.deepEqual(statesOf(masters), ['1 removing', '2 signing'])
  assert.deepEqual(
    masters.live.map(({ kid }) => kid),
    [2],
  )
  for (const step of ['forget', 'forget'] as const) await masters.take(step)
  assert.deepEqual(statesOf(masters), ['2 signing'])
})

test('kids go round from 255 to 1', async () => {
  const { masters } = keeper(255)
  await masters.take('make')
  assert.deepEqual(statesOf(masters), ['255 signing', '1 installing'])
})

test('a restart knows what was kept, and what could not be kept did not happen', async () => {
  const { masters, start, kept } = keeper()
  await masters.take('make')
  await masters.take('switch')
  const again = start()
  assert.deepEqual(again.states, masters.states)
  assert.deepEqual(again.current, masters.current)

  const full = new LeaseMasters(
    kept()
      .slice(0, 1)
      .map(({ kid, master }) => ({ kid, master })),
    {
      keep: () => Promise.reject(new Error('the disk is full')),
    },
  )
  await assert.rejects(full.take('make'), { message: 'the disk is full' })
  assert.deepEqual(statesOf(full), ['1 signing'])
})

test('masters that nobody keeps do not rotate, and one alone signs', async () => {
  const { kept } = keeper()
  await assert.rejects(new LeaseMasters(kept()).take('make'), { code: 'LEASE_KEYS_FIXED', status: 409 })
  assert.throws(() => new LeaseMasters([]), { code: 'LEASE_KEYS_INVALID' })
  assert.throws(() => new LeaseMasters([...kept(), ...kept()]), { code: 'LEASE_KEYS_INVALID' })
})
