import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, mock, test } from 'node:test'
import { projectedCredential } from './projected-credential.ts'
import type { WorkloadAudience } from './workload-audience.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-projected-'))
const missing = { code: 'CREDENTIAL_MISSING', status: 503 }
after(() => rmSync(folder, { recursive: true }))
afterEach(() => mock.timers.reset())

/** A token that ends in `lifetimeS`, which is all that is read of it here. */
function tokenOf(name: string, lifetimeS = 3_600): string {
  const claims = { name, exp: Math.floor(Date.now() / 1000) + lifetimeS }
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${'A'.repeat(342)}`
}

let generations = 0

/** Writes files as the kubelet does: into a new folder, to which one link is then switched. */
function project(files: Record<string, string>): void {
  const generation = `..${++generations}`
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, generation, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }
  symlinkSync(generation, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  for (const name of new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''))) {
    rmSync(join(folder, name), { force: true })
    symlinkSync(join('..data', name), join(folder, name))
  }
}

test('a credential is the token in the file of its audience', () => {
  const [ours, products] = [tokenOf('token-service'), tokenOf('product')]
  project({ 'token-service': `${ours}\n`, 'service/product': products })
  const credential = projectedCredential(folder)
  assert.equal(credential('token-service'), ours)
  assert.equal(credential('service/product'), products)
  assert.throws(() => credential('control-plane'), missing)
  assert.throws(() => credential('service/invoice'), missing)
})

test('a token that was replaced is known within a second, and read no more often', () => {
  const [first, second] = [tokenOf('first'), tokenOf('second')]
  project({ 'token-service': first })
  const credential = projectedCredential(folder)
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  assert.equal(credential('token-service'), first)
  project({ 'token-service': second })
  mock.timers.tick(900)
  assert.equal(credential('token-service'), first)
  mock.timers.tick(200)
  assert.equal(credential('token-service'), second)
})

test('a token that nobody replaced is not given beyond its end', () => {
  project({ 'token-service': tokenOf('old', 2) })
  const credential = projectedCredential(folder)
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  credential('token-service')
  mock.timers.tick(2_100)
  assert.throws(() => credential('token-service'), { code: 'CREDENTIAL_EXPIRED', status: 503 })
  project({ 'token-service': tokenOf('new') })
  credential('token-service')
})

test('a file that is gone is missed within a second, and found again when it is back', () => {
  project({ 'token-service': tokenOf('here') })
  const credential = projectedCredential(folder)
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const before = credential('token-service')
  rmSync(join(folder, 'token-service'))
  mock.timers.tick(1_100)
  assert.throws(() => credential('token-service'), missing)
  assert.throws(() => credential('token-service'), { help: /workload-credentials\.md/ })
  symlinkSync(join('..data', 'token-service'), join(folder, 'token-service'))
  assert.equal(credential('token-service'), before)
})

test('what is no token, and no plain file, is none, and nobody waits for it', () => {
  const credential = projectedCredential(folder)
  const withoutEnd = `e30.${Buffer.from('{"sub":"x"}').toString('base64url')}.AA`
  for (const text of [
    '',
    'x',
    'a.b.c',
    withoutEnd,
    `${tokenOf('two')}\n${tokenOf('lines')}`,
    'x'.repeat(9_000),
  ]) {
    project({ 'token-service': text })
    assert.throws(() => credential('token-service'), missing, text.slice(0, 40))
  }
  project({ 'token-service/below': tokenOf('x') })
  assert.throws(() => credential('token-service'), missing)
  rmSync(join(folder, 'token-service'))
  execFileSync('mkfifo', [join(folder, 'token-service')])
  assert.throws(() => credential('token-service'), missing)
  rmSync(join(folder, 'token-service'))
})

test('no audience leads out of the folder', () => {
  writeFileSync(join(folder, '..', 'outside-of-it'), tokenOf('outside'))
  const credential = projectedCredential(folder)
  for (const audience of [
    'service/../../outside-of-it',
    '../outside-of-it',
    '/etc/passwd',
    'service/',
    '',
    '..data/x',
  ])
    assert.throws(() => credential(audience as WorkloadAudience), missing, audience)
  rmSync(join(folder, '..', 'outside-of-it'))
})
