import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { canReach } from './server-reach.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-reach-'))
const inner = join(folder, 'inner')
mkdirSync(inner)
after(() => rmSync(folder, { recursive: true }))

const { uid, gid } = userInfo()
const stranger = { uid: 60_001, gid: 60_001 }

test('a folder is within reach when every folder above it lets one pass', () => {
  chmodSync(folder, 0o711)
  chmodSync(inner, 0o755)
  assert.equal(canReach(join(inner, 'not made yet'), stranger), true)
  chmodSync(folder, 0o700)
  assert.equal(canReach(inner, stranger), false)
  assert.equal(canReach(inner, { uid, gid }), true)
})

test('a group’s right counts for its members, and an owner’s own for the owner alone', () => {
  chmodSync(folder, 0o710)
  assert.equal(canReach(inner, { uid: stranger.uid, gid }), true)
  assert.equal(canReach(inner, stranger), false)
  chmodSync(folder, 0o011)
  assert.equal(canReach(inner, { uid, gid }), false)
  chmodSync(folder, 0o700)
})
