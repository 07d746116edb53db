import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readOwnKeys } from './own-keys.ts'
import { TenantPrefix } from './tenant-prefix.ts'

const prefix = new TenantPrefix('note', 'a')

it('leaves a foreign key out of a scan, however like its own it begins', () => {
  const foreign = ['k', 'tenantry:{4:note:1:b}:k', 'tenantry:{4:note:2:a}:}:k', 'tenantry:{5:notes:1:a}:k']
  const keys = [...foreign, `${prefix.text}k`, Buffer.from(`${prefix.text}bytes`)]
  assert.deepEqual(readOwnKeys('scan', ['0', keys], prefix), ['0', ['k', Buffer.from('bytes')]])
})

it('leaves values as they are, whatever they begin with', () => {
  const value = `${prefix.text}k`
  for (const command of ['get', 'lrange', 'constructor']) {
    assert.deepEqual(readOwnKeys(command, [value], prefix), [value])
  }
  assert.deepEqual(readOwnKeys('blpop', [`${prefix.text}list`, value], prefix), ['list', value])
})
