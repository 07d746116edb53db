import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrateCommand, readExistingRows } from './migrate.ts'

test('existing rows belong to one tenant, or to one for each service that is named', () => {
  assert.deepEqual(readExistingRows('tenant-a'), { '*': 'tenant-a' })
  const named = readExistingRows('order=tenant-b', readExistingRows('tenant-a'))
  assert.deepEqual(named, { '*': 'tenant-a', order: 'tenant-b' })
})

test('what names no tenant, or two for one service, is refused', () => {
  for (const text of ['', '=tenant-a', 'order=', 'order=a=b']) {
    assert.throws(() => readExistingRows(text), { code: 'commander.invalidArgument' }, text)
  }
  const twice = () => readExistingRows('tenant-b', readExistingRows('tenant-a'))
  assert.throws(twice, { code: 'commander.invalidArgument', message: /one tenant/ })
})

test('the help names the option', () => {
  assert.match(migrateCommand().helpInformation(), /--existing-rows-of <tenant>/)
})
