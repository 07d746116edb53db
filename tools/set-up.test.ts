import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'

const toolUrl = pathToFileURL(join(import.meta.dirname, 'set-up.js')).href
const foregroundUrl = new URL('../packages/cli/bin/run-in-foreground.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'tenantry-set-up-'))
after(() => rmSync(folder, { recursive: true }))

function isInstalled(wanted: object, installed: object | undefined): boolean {
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
  mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true })
  writeFileSync(join(folder, 'node_modules/node/bin/node'), '')
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }))
  if (installed !== undefined) {
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }))
  }
  const code = `import { isInstalled } from '${toolUrl}'; console.log(isInstalled(process.argv[1]))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code, folder], {
    encoding: 'utf8',
  })
  return stdout.trim() === 'true'
}

const pg = { 'node_modules/pg': { version: '8.0.0', integrity: 'sha512-one' } }

test('packages that are what the lockfile names are not installed again', () => {
  assert.equal(isInstalled(pg, pg), true)
  assert.equal(
    isInstalled({ ...pg, 'node_modules/for-windows': { version: '1.0.0', optional: true } }, pg),
    true,
  )
})

test('packages that are missing, of another version or of other content are installed', () => {
  assert.equal(isInstalled(pg, undefined), false)
  assert.equal(isInstalled(pg, {}), false)
  assert.equal(isInstalled(pg, { 'node_modules/pg': { version: '8.0.1', integrity: 'sha512-one' } }), false)
  assert.equal(isInstalled(pg, { 'node_modules/pg': { version: '8.0.0', integrity: 'sha512-two' } }), false)
})

test('a Node that is too old is refused with the version that is needed', () => {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.18.3'})`
  const code = `import { runSetUp } from '${toolUrl}'; await runSetUp(['--version'])`
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', pretend, '--input-type=module', '-e', code],
    {
      encoding: 'utf8',
    },
  )
  assert.equal(status, 1)
  assert.match(stderr, /Node 20\.19 or newer is needed/)
})

test('set-up goes on in the pinned Node, with its exit code', () => {
  const code = `import { runSetUp } from '${toolUrl}'; await runSetUp(['-e', 'console.log(process.version); process.exit(7)'])`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    // No test installs packages where people work: were they out of date, this would fail instead.
    env: { ...process.env, npm_execpath: '/nonexistent/npm-cli.js' },
  })
  assert.equal(status, 7)
  assert.equal(stdout.trim(), process.version)
})

test('a signal is passed to the child, and the parent ends after it', async () => {
  const child = `process.on('SIGTERM', () => setTimeout(() => { console.log('drained'); process.exit(3) }, 50));
    setInterval(() => {}, 1000); console.log('ready')`
  const code = `import { runInForeground } from '${foregroundUrl}'
    await runInForeground(process.execPath, ['-e', process.argv[1]])`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code, child])
  let output = ''
  for await (const text of parent.stdout) {
    output += text
    if (String(text).includes('ready')) parent.kill('SIGTERM')
  }
  if (parent.exitCode === null) await once(parent, 'exit')
  assert.equal(output, 'ready\ndrained\n')
  assert.equal(parent.exitCode, 3)
})

test('under npm, the child is stopped when the shell that npm started it in is killed', async () => {
  const child = `process.on('SIGTERM', () => { console.log('drained'); process.exit() })
    setInterval(() => {}, 1000); console.log('ready')`
  const code = `import { runInForeground } from '${foregroundUrl}'
    await runInForeground(process.execPath, ['-e', process.env.CHILD])`
  const shell = spawn('sh', ['-c', '"$NODE" --input-type=module -e "$CODE"; true'], {
    env: { ...process.env, npm_lifecycle_event: 'start', NODE: process.execPath, CODE: code, CHILD: child },
  })
  let output = ''
  // The output ends only when the child has: it holds the other end.
  for await (const text of shell.stdout) {
    output += text
    if (String(text).includes('ready')) shell.kill('SIGKILL')
  }
  assert.equal(output, 'ready\ndrained\n')
})
