import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { publishedPackages } from '../tools/build.ts'
import { packPackages } from '../tools/pack.ts'
import { RunningSystem } from './end-to-end/running-system.ts'

/** False for what is there so that a package’s files are found. */
function isCode(entry: string): boolean {
  return entry !== './package.json'
}

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'tenantry-packed-'))
const entryPoints = publishedPackages().flatMap(({ manifest }) =>
  Object.keys(manifest.exports ?? {})
    .filter(isCode)
    .map((entry) => manifest.name + entry.slice(1)),
)
// `tenantry/register` is there for what it does to the process, which has to be a deployment.
const importable = entryPoints.filter((entry) => entry !== 'tenantry/register')
const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
/** The tarballs by the names of their packages. */
let tarballs: Record<string, string> = {}

before(() => {
  tarballs = packPackages(join(folder, 'tarballs'))
  cpSync(join(import.meta.dirname, 'packed-service'), folder, { recursive: true })
  run('npm', ['install', ...flags, ...Object.values(tarballs)])
})
after(() => rmSync(folder, { recursive: true }))

/** Runs a command in the folder outside the repository; anything but success fails the test with what it said. */
function run(command: string, args: string[], { cwd = folder, env = process.env } = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

/** Runs a development tool of the repository. */
function runTool(name: string, args: string[]): string {
  return run(process.execPath, [join(root, 'node_modules/.bin', name), ...args])
}

test('the tarballs hold JavaScript, types, a licence and a readme, and no source or test', () => {
  for (const tarball of Object.values(tarballs)) {
    const files = run('tar', ['-tzf', tarball]).trim().split('\n')
    const source = files.filter((file) => /\.test\.|\.ts$/.test(file) && !/(?<!\.test)\.d\.ts$/.test(file))
    assert.deepEqual(source, [], tarball)
    for (const file of ['package/LICENSE', 'package/README.md'])
      assert.ok(files.includes(file), `${tarball}: ${file}`)
  }
})

test('publint has nothing to say of any tarball, not even a suggestion', () => {
  for (const tarball of Object.values(tarballs)) {
    assert.match(runTool('publint', ['run', '--strict', tarball]), /All good!/)
  }
})

test('attw finds the types of every entry point right, imported and required', () => {
  // Its warning that CommonJS gets ES modules is of a Node before 22.12, whose `require` did not load them. The profile
  // leaves out `node10`, which knows nothing of `exports`, and the packages have nothing else.
  const allowed = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm']
  for (const { manifest } of publishedPackages()) {
    // The command's package has nothing to import, and the console's nothing but its page.
    if (!Object.keys(manifest.exports ?? {}).some(isCode)) continue
    const report = JSON.parse(
      runTool('attw', [...allowed, '--format', 'json', tarballs[manifest.name] ?? '']),
    )
    assert.deepEqual(Object.keys(report.analysis.entrypoints), Object.keys(manifest.exports ?? {}))
  }
})

test('no framework, cache or platform is forced on who uses Node’s own server and `pg`', () => {
  const bare = join(folder, 'bare')
  mkdirSync(bare)
  writeFileSync(join(bare, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const rooms = ['context', 'isolation', 'propagation', 'routing', 'metrics']
  const needed = ['tenantry', ...rooms.map((room) => `@tenantry/${room}`)].map((name) => tarballs[name] ?? '')
  run('npm', ['install', '--ignore-scripts', ...flags, ...needed], { cwd: bare })
  const { peerDependencies } = JSON.parse(
    readFileSync(join(bare, 'node_modules/tenantry/package.json'), 'utf8'),
  ) as { peerDependencies: Record<string, string> }
  const peers = Object.keys(peerDependencies).filter((name) => existsSync(join(bare, 'node_modules', name)))
  // It is what the rooms themselves stand on.
  assert.deepEqual(peers, ['pg'])
  const code = `for (const entry of ['', '/pg', '/node', '/work', '/config']) await import('tenantry' + entry)`
  run(process.execPath, ['--no-strip-types', '--input-type=module', '-e', code], { cwd: bare })
})

test('every entry point is imported as JavaScript', () => {
  const code = `for (const entry of ${JSON.stringify(importable)}) await import(entry)`
  run(process.execPath, ['--no-strip-types', '--input-type=module', '-e', code])
})

test('every entry point is required by CommonJS', () => {
  const code = `for (const entry of ${JSON.stringify(importable)}) require(entry)`
  run(process.execPath, ['--no-strip-types', '--input-type=commonjs', '-e', code])
})

for (const [module, moduleResolution] of [
  ['node16', 'node16'],
  ['esnext', 'bundler'],
] as const) {
  test(`the types of every entry point are found under moduleResolution ${moduleResolution}`, () => {
    const imports = entryPoints.map((entry, index) => `import * as entry${index} from '${entry}'`)
    // Were an entry without types, it would be \`any\`, and this assignment would be allowed.
    const uses = entryPoints.map(
      (_, index) => `// @ts-expect-error\nexport const use${index}: never = entry${index}`,
    )
    writeFileSync(join(folder, 'consumer.ts'), [...imports, ...uses].join('\n'))
    const options = ['--noEmit', '--strict', '--target', 'esnext', '--types', 'node', '--ignoreConfig']
    const resolution = ['--module', module, '--moduleResolution', moduleResolution]
    runTool('tsc', [...options, ...resolution, 'consumer.ts'])
  })
}

test('the `tenantry` command runs, and keeps compiled code with the packages, for nobody else to write', () => {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  assert.match(run(process.execPath, ['node_modules/.bin/tenantry', '--help'], { env }), /tenant/)
  const kept = join(folder, 'node_modules/.cache/tenantry/compile')
  assert.ok(readdirSync(kept, { recursive: true }).length > 100)
  assert.equal(statSync(kept).mode & 0o002, 0)
})

test('the packed command runs packed services, of ES modules, of CommonJS and without an edit, for tenants in pool and silo, with no TypeScript at all', async () => {
  const launcher = join(folder, 'node_modules/.bin/tenantry')
  const system = await RunningSystem.create({
    launcher,
    folder,
    config: 'tenantry.config.js',
    nodeFlags: ['--no-strip-types'],
  })
  try {
    await system.start()
    for (const tenant of ['tenant-a', 'tenant-b', 'tenant-c']) {
      await system.product(tenant, '7', `Lamp of ${tenant}`)
      const { body } = await system.call(tenant, 'GET', '/products')
      assert.deepEqual(body, { products: [{ name: `Lamp of ${tenant}`, price: '7' }] })
    }
    assert.equal((await system.call(null, 'GET', '/products')).status, 401)
    const page = await fetch(`http://localhost:${system.env.TENANTRY_CONTROL_PORT}/`)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /<title>Tenantry/)
    // The other service is a CommonJS project on NestJS.
    for (const tenant of ['tenant-a', 'tenant-c', 'tenant-b']) {
      const { status, body } = await system.call(tenant, 'POST', '/notes')
      assert.deepEqual({ status, body }, { status: 201, body: { notes: 1 } })
    }
    assert.equal((await system.call(null, 'GET', '/notes')).status, 401)
    // And one that has no line of ours.
    for (const tenant of ['tenant-a', 'tenant-c', 'tenant-b']) {
      const { status, body } = await system.call(tenant, 'POST', '/visits')
      assert.deepEqual({ status, body }, { status: 200, body: { visits: 1 } })
    }
    assert.equal((await system.call(null, 'GET', '/visits')).status, 401)
  } finally {
    await system.remove()
  }
})
