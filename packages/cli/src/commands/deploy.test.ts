import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { describeCluster, kubernetesManifests, loadConfig } from '@tenantry/platform'
import { parseAllDocuments } from 'yaml'
import { readImage } from './deploy.ts'

const root = resolve(import.meta.dirname, '../../../..')
const folder = mkdtempSync(join(tmpdir(), 'deploy-'))
after(() => rmSync(folder, { recursive: true }))
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
const file = join(folder, 'tenantry.config.ts')
// Names that YAML 1.1 would read as true, false and a number.
writeFileSync(
  file,
  `import { defineConfig } from 'tenantry/config'
export default defineConfig({
  trustDomain: 'shop.example',
  identity: { issuer: 'https://identity.example', audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
  workloads: { kubernetes: { issuer: 'https://issuer.example', namespace: 'shop' } },
  tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
  services: {
    on: { entry: 'on.ts', routes: ['/on'], calls: ['no'] },
    no: { entry: 'no.ts' },
  },
  deploy: {
    kubernetes: {
      platformImage: 'registry.example/platform:1',
      images: { '*': 'registry.example/{service}:1' },
      ingress: { namespace: 'ingress', gateway: 'public', hosts: ['shop.example'] },
    },
  },
})
`,
)

function deploy(...args: string[]) {
  const command = [join(root, 'packages/cli/bin/tenantry.js'), 'deploy', 'kubernetes', '--config', file]
  return spawnSync(process.execPath, [...command, ...args], { encoding: 'utf8' })
}

function readAll(text: string, version: '1.1' | '1.2'): unknown[] {
  return parseAllDocuments(text, { version }).map((document) => document.toJS())
}

test('standard output is every object, as YAML that its two versions read alike', async () => {
  const { status, stdout, stderr } = deploy('--silo', '12e45678=premium', '--routing', 'gateway-api')
  assert.deepEqual([status, stderr], [0, ''])
  const { config } = await loadConfig(file)
  const silos = [{ name: '12e45678', tier: 'premium' }]
  const expected = kubernetesManifests(describeCluster(config, { silos, routing: 'gateway-api' }))
  const manifests = expected.flatMap((component) => component.manifests)
  assert.deepEqual(readAll(stdout, '1.1'), manifests)
  assert.deepEqual(readAll(stdout, '1.2'), manifests)
  assert.doesNotMatch(stdout, /[&*]a1\b/)
})

test('a folder gets one file for each component, and what was there before is told of and left', () => {
  const out = join(folder, 'manifests')
  const first = deploy('--out', out, '--image', 'no=registry.example/other:2')
  assert.deepEqual([first.status, first.stderr], [0, ''])
  const components = ['control-plane', 'deny-all', 'gateway', 'no-pool', 'on-pool', 'relay']
  assert.deepEqual(
    readdirSync(out).sort(),
    components.map((name) => `${name}.yaml`),
  )
  assert.match(readFileSync(join(out, 'no-pool.yaml'), 'utf8'), /image: registry\.example\/other:2/)
  writeFileSync(join(out, 'old-pool.yaml'), 'kind: Deployment\n')
  const { status, stderr } = deploy('--out', out)
  assert.equal(status, 0)
  assert.match(stderr, /old-pool\.yaml was there before/)
  assert.equal(readFileSync(join(out, 'old-pool.yaml'), 'utf8'), 'kind: Deployment\n')
})

test('what cannot be written is refused before anything is', () => {
  const out = join(folder, 'refused')
  const refuses = (args: string[], fact: RegExp) => {
    const { status, stdout, stderr } = deploy('--out', out, ...args)
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, fact)
  }
  refuses(['--silo', 'tenant-a'], /SILO_NAME_INVALID/)
  refuses(['--image', 'yes=registry.example/yes:1'], /IMAGE_UNKNOWN/)
  refuses(['--routing', 'nginx'], /Allowed choices are gateway-api, istio/)
  assert.throws(() => readdirSync(out), { code: 'ENOENT' })
})

test('an image is given to a service, once', () => {
  assert.deepEqual(readImage('order=registry:5000/order@sha256:0a', {}), {
    order: 'registry:5000/order@sha256:0a',
  })
  for (const text of ['order', 'order=', '=order', 'order=a b'])
    assert.throws(() => readImage(text, {}), { code: 'commander.invalidArgument' }, text)
  assert.throws(() => readImage('order=b', { order: 'a' }), { code: 'commander.invalidArgument' })
})
