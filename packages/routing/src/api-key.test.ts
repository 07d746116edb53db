import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ApiKey,
  apiKeySubject,
  generateApiKey,
  hashApiKey,
  isApiKey,
  readApiKeySubject,
} from './api-key.ts'
import { Directory } from './directory.ts'

const keyOf = (key: string, more: Partial<ApiKey> = {}): ApiKey => ({
  ...{ id: 'a1b2c3d4e5f6', hash: hashApiKey(key), tenant: 'tenant-a', role: null, expiresAtMs: null },
  ...more,
})
const empty = { type: 'snapshot', tenants: [], deployments: [], workloads: [], databases: [] } as const

test('each key is another, of 256 random bits behind its prefix', () => {
  const keys = Array.from({ length: 1_000 }, generateApiKey)
  assert.equal(new Set(keys).size, 1_000)
  for (const key of keys) {
    assert.ok(isApiKey(key), key)
    assert.equal(Buffer.from(key.slice(3), 'base64url').length, 32)
  }
})

test('what is longer, shorter, of other letters or without the prefix has not the form of one', () => {
  const key = generateApiKey()
  for (const other of [
    '',
    'tk_',
    key.slice(3),
    `${key}A`,
    key.slice(0, -1),
    key.replace('tk_', 'TK_'),
    ` ${key}`,
    `${key}\n`,
    `tk_${'é'.repeat(43)}`,
  ])
    assert.equal(isApiKey(other), false, JSON.stringify(other))
})

test('only a subject of a key’s bearer names a key', () => {
  assert.equal(readApiKeySubject(apiKeySubject('a1')), 'a1')
  for (const subject of [
    '',
    'a1',
    'urn:tenantry:service:order',
    'https://idp.example#urn:tenantry:api-key:a1',
  ])
    assert.equal(readApiKeySubject(subject), undefined)
})

test('a directory knows a key by its hash from when it is told until it expires, is revoked, or is in no snapshot any more', () => {
  const directory = new Directory()
  const key = generateApiKey()
  const live = () => directory.liveApiKeyOf(hashApiKey(key))?.id
  const tell = (more?: Partial<ApiKey>) => directory.apply({ type: 'api-key', apiKey: keyOf(key, more) })
  assert.equal(live(), undefined)
  tell()
  assert.equal(live(), 'a1b2c3d4e5f6')
  assert.equal(directory.liveApiKeyOf(hashApiKey(generateApiKey())), undefined)
  assert.equal(directory.liveApiKey('a1b2c3d4e5f6')?.tenant, 'tenant-a')
  directory.apply({ type: 'api-key-revoked', id: 'another' })
  assert.ok(live())
  directory.apply({ type: 'api-key-revoked', id: 'a1b2c3d4e5f6' })
  assert.deepEqual([live(), directory.liveApiKey('a1b2c3d4e5f6')], [undefined, undefined])
  tell({ expiresAtMs: Date.now() + 60_000 })
  assert.ok(live())
  tell({ expiresAtMs: Date.now() })
  assert.deepEqual([live(), directory.liveApiKey('a1b2c3d4e5f6')], [undefined, undefined])
  directory.apply({ ...empty, apiKeys: [keyOf(key)] })
  assert.ok(live())
  directory.apply(empty)
  assert.equal(live(), undefined)
})
