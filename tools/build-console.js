// What `npm start` does before it starts: the console's page is built when it is missing or older than what it is made of.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { npmCommand } from './npm-command.js'

const parts = ['src', 'public', 'index.html', 'package.json', 'tsconfig.json', 'vite.config.ts']

/** Builds the page of the console under `root`, where it has to be. A page that cannot be built stops nothing else. */
export function buildConsole(root) {
  const folder = join(root, 'packages/console')
  if (!existsSync(join(folder, 'package.json')) || isBuilt(folder)) return
  console.log('Building the console …')
  const [command, ...args] = npmCommand(['run', '--silent', 'build', '-w', 'packages/console'])
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0)
    console.error(
      `${stdout ?? ''}${stderr ?? ''}\nThe console could not be built; the rest starts without it.`,
    )
}

/** True when nothing that the page is made of is newer than it. A folder is as new as what was last added to it or removed. */
export function isBuilt(folder) {
  const built = join(folder, 'dist/index.html')
  if (!existsSync(built)) return false
  const { mtimeMs } = statSync(built)
  return parts
    .map((part) => join(folder, part))
    .filter((path) => existsSync(path))
    .flatMap((path) => [path, ...within(path)])
    .every((path) => statSync(path).mtimeMs <= mtimeMs)
}

function within(path) {
  if (!statSync(path).isDirectory()) return []
  return readdirSync(path, { recursive: true }).map((name) => join(path, name))
}
