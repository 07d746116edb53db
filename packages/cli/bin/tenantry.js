#!/usr/bin/env node
// Starts the `tenantry` command, from source in the repository and from JavaScript in a published package.
// On a Node that is too old it runs itself again on the one that a `node` package near it holds.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInForeground } from './run-in-foreground.js'

const self = fileURLToPath(import.meta.url)
const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 19)) {
  keepCompiledCode()
  const source = new URL('../src/main.ts', import.meta.url)
  await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href)
} else {
  const pinned = join('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const node = findAbove(dirname(self), pinned) ?? findAbove(process.cwd(), pinned)
  if (node === undefined) {
    console.error(`tenantry needs Node 22.19 or newer, and this is ${process.version}.`)
    console.error('Install a newer Node, or run `npm install --save-dev node@24` in your project.')
    process.exit(1)
  }
  await runInForeground(node, [self, ...process.argv.slice(2)])
}

/**
 * Keeps compiled code beside the packages that it is of, for this command and every process that it starts: they start in less than half the
 * time. Not where Node would, in the folder for temporary files: others may write there.
 */
function keepCompiledCode() {
  const packages = findAbove(dirname(self), 'node_modules')
  const { NODE_COMPILE_CACHE: chosen, NODE_DISABLE_COMPILE_CACHE: disabled } = process.env
  if (packages === undefined || chosen !== undefined || disabled !== undefined) return
  process.env.NODE_COMPILE_CACHE = join(packages, '.cache', 'tenantry', 'compile')
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
}

/** What is at `path` in the folder, or in the nearest one around it that has it. */
function findAbove(folder, path) {
  const found = join(folder, path)
  if (existsSync(found)) return found
  const parent = dirname(folder)
  return parent === folder ? undefined : findAbove(parent, path)
}
