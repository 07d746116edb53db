import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { StateFolder } from '@tenantry/platform'
import { tokensScreen } from './tokens.ts'

const root = resolve(import.meta.dirname, '../../../..')

test('the screen says where the token service is and how a service is started beside it', () => {
  const state = new StateFolder('/srv/tenantry')
  const screen = tokensScreen({
    took: '2.0 s',
    state,
    accepting: ['web', 'api'],
    controlPlane: 'http://localhost:8090',
  })
  const text = stripVTControlCharacters(screen)
  assert.match(text, /Ready in 2\.0 s\. Access tokens are accepted by web, api\./)
  assert.ok(text.includes(state.socket('tokens')))
  assert.match(text, /TENANTRY_RUNTIME_FILE=\/srv\/tenantry\/deployments\/web\.pool\.json node/)
})

test('a configuration in which no service accepts access tokens is refused before anything starts', () => {
  const command = [join(root, 'packages/cli/bin/tenantry.js'), 'tokens']
  const config = ['--config', join(root, 'examples/shop/tenantry.config.ts')]
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...config], {
    encoding: 'utf8',
  })
  assert.deepEqual([status, stdout], [1, ''])
  assert.match(stderr, /ACCESS_TOKENS_UNUSED/)
})
