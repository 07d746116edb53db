import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gather } from './gather.ts'

/** A call that answers when it is told to, and what each call was given. */
function heldCalls() {
  const calls: { items: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = []
  const call = (items: readonly number[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly (number | Promise<number>)[]>()
    const answers = () => items.map((item) => (item < 0 ? Promise.reject(new Error(`${item}`)) : item * 10))
    calls.push({ items, answer: () => resolve(answers()), fail: reject })
    return promise
  }
  return { calls, call }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('calls that are gathered', () => {
  it('go at once when none is under way, and otherwise wait for it together', async () => {
    const { calls, call } = heldCalls()
    const ask = gather(call, { itemsMax: 10 })
    const first = ask(1)
    await turn()
    const others = [ask(2), ask(3)]
    await turn()
    assert.deepEqual(
      calls.map(({ items }) => items),
      [[1]],
    )
    calls[0]?.answer()
    assert.equal(await first, 10)
    await turn()
    assert.deepEqual(
      calls.map(({ items }) => items),
      [[1], [2, 3]],
    )
    calls[1]?.answer()
    assert.deepEqual(await Promise.all(others), [20, 30])
    const last = ask(4)
    await turn()
    calls[2]?.answer()
    assert.equal(await last, 40)
  })

  it('take no more than they may, by number and by size, and one that is too large goes alone', async () => {
    const { calls, call } = heldCalls()
    const ask = gather(call, { itemsMax: 3, sizeOf: (item) => item, sizeMax: 10 })
    const answers = Promise.all([1, 1, 1, 1, 8, 2, 50, 1].map(ask))
    for (let at = 0; at < 5; at++) {
      await turn()
      calls[at]?.answer()
    }
    assert.deepEqual(
      calls.map(({ items }) => items),
      [[1, 1, 1], [1, 8], [2], [50], [1]],
    )
    assert.equal((await answers).length, 8)
  })

  it('fail for one item alone, or for all of a call, and the next call goes all the same', async () => {
    const { calls, call } = heldCalls()
    const ask = gather(call, { itemsMax: 2 })
    const settled = Promise.allSettled([1, -2, 3, 4, 5].map(ask))
    await turn()
    calls[0]?.answer()
    await turn()
    calls[1]?.fail(new Error('down'))
    await turn()
    calls[2]?.answer()
    assert.deepEqual(
      (await settled).map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message)),
      [10, '-2', 'down', 'down', 50],
    )
  })
})
