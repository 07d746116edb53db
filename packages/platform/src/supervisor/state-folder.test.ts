import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { StateFolder } from './state-folder.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-state-'))
  folders.push(folder)
  return folder
}
const kept = (folder: string) => readFileSync(join(folder, 'secrets.json'), 'utf8')

describe('the state folder', () => {
  it('keeps secrets that outlive a stop, for its own user alone', () => {
    const folder = newFolder()
    const secrets = new StateFolder(folder, '').secrets()
    assert.deepEqual(new StateFolder(folder, '').secrets(), secrets)
    assert.equal(statSync(join(folder, 'secrets.json')).mode & 0o777, 0o600)
  })

  it('seals them with a key, from the start that it is first given at', () => {
    const folder = newFolder()
    const secrets = new StateFolder(folder, '').secrets()
    assert.ok(kept(folder).includes(secrets.postgresPassword))
    assert.deepEqual(new StateFolder(folder, 'key').secrets(), secrets)
    for (const secret of [
      secrets.postgresPassword,
      'tokenSigningKeys',
      secrets.leaseMasters[0]?.master ?? '',
    ])
      assert.ok(!kept(folder).includes(secret))
    const state = new StateFolder(folder, 'key')
    state.keep({ leaseMasters: [] })
    assert.deepEqual(new StateFolder(folder, 'key').secrets(), { ...secrets, leaseMasters: [] })
  })

  it('opens what is sealed with no other key, and with none', () => {
    const folder = newFolder()
    new StateFolder(folder, 'key').secrets()
    const sealed = kept(folder)
    assert.throws(() => new StateFolder(folder, 'other').secrets(), { code: 'STATE_KEY_WRONG' })
    assert.throws(() => new StateFolder(folder, '').secrets(), { code: 'STATE_KEY_MISSING' })
    assert.equal(kept(folder), sealed, 'and nothing of it is lost')
  })

  it('adds what a version before did not have, and keeps the rest', () => {
    const folder = newFolder()
    const { metricsToken: _, ...before } = new StateFolder(folder, '').secrets()
    writeFileSync(join(folder, 'secrets.json'), JSON.stringify(before))
    const { metricsToken, ...after } = new StateFolder(folder, '').secrets()
    assert.deepEqual(after, before)
    assert.equal(readFileSync(join(folder, 'metrics-token'), 'utf8'), metricsToken)
    assert.equal(statSync(join(folder, 'metrics-token')).mode & 0o777, 0o600)
    assert.equal(new StateFolder(folder, '').secrets().metricsToken, metricsToken)
  })

  it('takes the one signing key of a folder that was made before keys rotated', () => {
    const folder = newFolder()
    const { tokenSigningKeys, ...others } = new StateFolder(folder, '').secrets()
    const jwk = tokenSigningKeys[0]?.jwk
    writeFileSync(join(folder, 'secrets.json'), JSON.stringify({ ...others, tokenSigningKey: jwk }))
    assert.deepEqual(new StateFolder(folder, '').secrets().tokenSigningKeys, [{ jwk, signsAtMs: 0 }])
  })
})
