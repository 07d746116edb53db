import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { generateSigningJwk } from '@tenantry/context'
import { publishedPackages } from '../tools/build.ts'
import { packPackages } from '../tools/pack.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'tenantry-packed-'))
const entryPoints = publishedPackages().flatMap(({ manifest }) =>
  Object.keys(manifest.exports ?? {}).map((entry) => manifest.name + entry.slice(1)),
)
let tarballs: string[] = []

before(() => {
  tarballs = Object.values(packPackages(join(folder, 'tarballs')))
  cpSync(join(import.meta.dirname, 'packed-service'), folder, { recursive: true })
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...tarballs])
})
after(() => rmSync(folder, { recursive: true }))

/** Runs a command in the folder outside the repository; anything but success fails the test with what it said. */
function run(command: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

test('the tarballs hold JavaScript, types, a licence and a readme, and no source or test', () => {
  for (const tarball of tarballs) {
    const files = run('tar', ['-tzf', tarball]).trim().split('\n')
    const source = files.filter((file) => /\.test\.|\.ts$/.test(file) && !/(?<!\.test)\.d\.ts$/.test(file))
    assert.deepEqual(source, [], tarball)
    for (const file of ['package/LICENSE', 'package/README.md'])
      assert.ok(files.includes(file), `${tarball}: ${file}`)
  }
})

test('every entry point is imported as JavaScript', () => {
  const code = `for (const entry of ${JSON.stringify(entryPoints)}) await import(entry)`
  run(process.execPath, ['--no-strip-types', '--input-type=module', '-e', code])
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
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const resolution = ['--module', module, '--moduleResolution', moduleResolution]
    run(process.execPath, [tsc, ...options, ...resolution, 'consumer.ts'])
  })
}

test('the `tenantry` command runs', () => {
  assert.match(run(process.execPath, ['node_modules/.bin/tenantry', '--help']), /tenant/)
})

test('a service refuses a request without a token', async () => {
  const port = await freePort()
  const child = spawn(process.execPath, ['--no-strip-types', 'service.js'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit', runtimeDocument()],
  })
  try {
    const answer = await waitForAnswer(`http://127.0.0.1:${port}/products`, child)
    assert.equal(answer.status, 401)
    const body = (await answer.json()) as Record<string, unknown>
    assert.deepEqual(Object.keys(body).sort(), ['code', 'message', 'request_id'])
  } finally {
    if (child.kill('SIGKILL')) await once(child, 'exit')
  }
})

function runtimeDocument(): number {
  const file = join(folder, 'runtime.json')
  const document = {
    workload: 'product.pool',
    key: generateSigningJwk(),
    trustDomain: 'packed.test',
    tokenServiceSocket: join(folder, 'tokens.sock'),
    directorySocket: join(folder, 'control.sock'),
    operatorSocket: join(folder, 'product.sock'),
    service: 'product',
    deployment: 'pool',
    tenant: null,
    database: { host: '127.0.0.1', port: 1, database: 'none', user: 'none', password: 'none' },
    calls: [],
    subscribes: [],
  }
  writeFileSync(file, JSON.stringify(document), { mode: 0o600 })
  return openSync(file, 'r')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}

async function waitForAnswer(url: string, child: ChildProcess): Promise<Response> {
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer) return answer
    await delay(100)
  }
  throw new Error('the service ended, or did not start in 10 s')
}
