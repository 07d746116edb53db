import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AdoptionMode } from '@tenantry/isolation'
import { createAdoptionDoor } from './adoption-door.ts'

describe('the door of an adopted service', () => {
  const start = () => {
    const asked: number[] = []
    const said: { mode: AdoptionMode | Error } = { mode: 'observe' }
    let nowMs = 0
    const door = createAdoptionDoor(
      async () => {
        asked.push(nowMs)
        if (said.mode instanceof Error) throw said.mode
        return said.mode
      },
      { now: () => nowMs },
    )
    return { door, said, asked, pass: (ms: number) => (nowMs += ms) }
  }

  it('asks the database at most every 3 s, and once for all who wait', async () => {
    const { door, said, asked, pass } = start()
    assert.deepEqual(await Promise.all([door.mode(), door.mode(), door.mode()]), Array(3).fill('observe'))
    said.mode = 'enforce'
    pass(2_999)
    assert.equal(await door.mode(), 'observe')
    pass(1)
    assert.equal(await door.mode(), 'enforce')
    assert.deepEqual(asked, [0, 3_000])
  })

  it('is shut while nobody knows', async () => {
    const { door, said } = start()
    said.mode = new Error('the database is down')
    assert.equal(await door.mode(), 'enforce')
    said.mode = 'warn'
    assert.equal(await door.mode(), 'warn')
  })

  it('stays as it was while the database cannot be asked', async () => {
    const { door, said, pass } = start()
    await door.mode()
    said.mode = new Error('the database is down')
    pass(60_000)
    assert.equal(await door.mode(), 'observe')
  })
})
