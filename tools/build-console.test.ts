import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { pathToFileURL } from 'node:url'

const root = mkdtempSync(join(tmpdir(), 'tenantry-build-console-'))
const folder = join(root, 'packages/console')
const toolUrl = pathToFileURL(join(import.meta.dirname, 'build-console.js')).href
after(() => rmSync(root, { recursive: true }))

/** A console whose build counts how often it ran, or fails. */
function writeConsole(
  build = "node -e \"fs.mkdirSync('dist',{recursive:true});fs.appendFileSync('dist/index.html','x')\"",
) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'src/pages'), { recursive: true })
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'w', workspaces: ['packages/*'] }))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'console', version: '1.0.0', scripts: { build } }),
  )
  writeFileSync(join(folder, 'src/pages/page.tsx'), '')
  for (const path of ['src/pages/page.tsx', 'src/pages', 'src', 'package.json']) age(path, 60)
}

function age(path: string, seconds: number): void {
  const at = Date.now() / 1000 - seconds
  utimesSync(join(folder, path), at, at)
}

function start(): { built: number; told: string } {
  const code = `import { buildConsole } from '${toolUrl}'; buildConsole(process.argv[1])`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code, root], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  const page = join(folder, 'dist/index.html')
  return { built: existsSync(page) ? readFileSync(page, 'utf8').length : 0, told: stdout + stderr }
}

beforeEach(() => writeConsole())

test('a page that is missing is built, and one that is newer than its sources is not', () => {
  assert.equal(start().built, 1)
  assert.deepEqual(start(), { built: 1, told: '' })
})

test('a source that is newer than the page, a new one, and one that was removed, build it again', () => {
  start()
  age('dist/index.html', 30)
  age('src/pages/page.tsx', 20)
  assert.equal(start().built, 2)
  age('dist/index.html', 30)
  writeFileSync(join(folder, 'src/new.ts'), '')
  assert.equal(start().built, 3)
  age('dist/index.html', 30)
  for (const path of ['src/new.ts', 'src']) age(path, 60)
  rmSync(join(folder, 'src/new.ts'))
  assert.equal(start().built, 4)
})

test('a page that cannot be built is told, and stops nothing', () => {
  writeConsole('echo it does not compile >&2; exit 1')
  const { built, told } = start()
  assert.equal(built, 0)
  assert.match(told, /it does not compile[\s\S]*The console could not be built/)
})

test('without the console there is nothing to build', () => {
  rmSync(folder, { recursive: true })
  assert.deepEqual(start(), { built: 0, told: '' })
})
