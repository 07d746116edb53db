#!/usr/bin/env node
// Starts the `tenantry` command, from source in the repository and from JavaScript in a published package.
// On a Node that is too old it runs itself again on the one that a `node` package near it holds.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInForeground } from './run-in-foreground.js'

const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 19)) {
  const source = new URL('../src/main.ts', import.meta.url)
  await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href)
} else {
  const self = fileURLToPath(import.meta.url)
  const node = findPinnedNode(dirname(self)) ?? findPinnedNode(process.cwd())
  if (node === undefined) {
    console.error(`tenantry needs Node 22.19 or newer, and this is ${process.version}.`)
    console.error('Install a newer Node, or run `npm install --save-dev node@24` in your project.')
    process.exit(1)
  }
  await runInForeground(node, [self, ...process.argv.slice(2)])
}

function findPinnedNode(folder) {
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const node = join(folder, 'node_modules', 'node', 'bin', file)
  if (existsSync(node)) return node
  const parent = dirname(folder)
  return parent === folder ? undefined : findPinnedNode(parent)
}
