// What `npm start` and `npm test` do first, on whichever Node the machine has: install what `package-lock.json`
// names when it is not there, then go on in the Node that it pins.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInForeground } from '../packages/cli/bin/run-in-foreground.js'
import { npmCommand } from './npm-command.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const nodeFile = join('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/**
 * Installs packages when need be, does what else has to be `prepare`d in the repository's folder, then runs `args` there in the pinned
 * Node. Never returns.
 */
export function runSetUp(args, prepare = () => {}) {
  requireNode()
  process.chdir(root)
  if (!isInstalled(root)) install()
  prepare(root)
  return runInForeground(join(root, nodeFile), args, {
    NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/tenantry/compile'),
    ...process.env,
  })
}

/** True when `node_modules` of `folder` holds what its `package-lock.json` names, and the pinned Node runs from it. */
export function isInstalled(folder) {
  const installed = readPackages(join(folder, 'node_modules/.package-lock.json'))
  if (installed === undefined || !existsSync(join(folder, nodeFile))) return false
  const wanted = readPackages(join(folder, 'package-lock.json')) ?? {}
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const found = installed[path]
    // Packages for other systems are optional, and npm leaves them out.
    if (found === undefined) return entry.optional === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(
    `Node 20.19 or newer is needed, and this is ${process.version}.`,
    'Install one from https://nodejs.org.',
  )
}

function install() {
  console.log('Installing packages (the first time takes about a minute) …')
  const flags = ['--loglevel=error', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  const [command, ...args] = npmCommand(['ci', ...flags])
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    fail(
      'Installing packages failed.',
      'What npm said is above. Is its registry reachable? Then run this again.',
    )
  }
  if (!existsSync(join(root, nodeFile))) {
    fail(
      'The pinned Node was not installed.',
      'If npm ignores install scripts, run `npm ci --ignore-scripts=false`.',
    )
  }
}

function fail(fact, next) {
  console.error(`\n${fact}\n${next}`)
  process.exit(1)
}
