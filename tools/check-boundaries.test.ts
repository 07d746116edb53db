import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { findViolations } from './check-boundaries.ts'

const context = { name: '@tenantry/context', exports: { '.': './src/index.ts' } }

function violationsOf(files: Record<string, string | object>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'tenantry-boundaries-'))
  try {
    for (const [path, content] of Object.entries({ 'packages/context/package.json': context, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
    }
    return findViolations(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

const routing = (dependencies: Record<string, string>) => ({
  name: '@tenantry/routing',
  exports: { '.': './src/index.ts' },
  dependencies,
})

test('a room may import context', () => {
  const violations = violationsOf({
    'packages/routing/package.json': routing({ '@tenantry/context': '0.1.0' }),
    'packages/routing/src/index.ts':
      "import {\n  type Scope,\n} from '@tenantry/context'\nimport 'node:fs'\n",
  })
  assert.deepEqual(violations, [])
})

test('a room may not import another room', () => {
  const violations = violationsOf({
    'packages/routing/package.json': routing({}),
    'packages/isolation/package.json': {
      name: '@tenantry/isolation',
      dependencies: { '@tenantry/routing': '0.1.0' },
    },
    'packages/isolation/src/index.ts': "export type { Route } from '@tenantry/routing'\n",
  })
  assert.deepEqual(violations, ['packages/isolation/src/index.ts: may not import `@tenantry/routing`'])
})

test('context imports none of ours, not even lazily', () => {
  const violations = violationsOf({
    'packages/context/package.json': { ...context, dependencies: { tenantry: '0.1.0' } },
    'packages/context/src/index.ts': "const all = await import('tenantry')\n",
    'packages/tenantry/package.json': { name: 'tenantry', exports: { '.': './src/index.ts' } },
  })
  assert.deepEqual(violations, ['packages/context/src/index.ts: may not import `tenantry`'])
})

test('an example imports nothing of ours but `tenantry`', () => {
  const violations = violationsOf({
    'examples/shop/order/package.json': {
      name: '@shop/order',
      dependencies: { '@tenantry/context': '0.1.0' },
    },
    'examples/shop/order/src/main.ts': "import { readScope } from '@tenantry/context'\n",
  })
  assert.deepEqual(violations, ['examples/shop/order/src/main.ts: may not import `@tenantry/context`'])
})

test('an import that reaches inside another package is named', () => {
  const violations = violationsOf({
    'packages/routing/package.json': routing({ '@tenantry/context': '0.1.0' }),
    'packages/routing/src/a.ts': "import { Scope } from '@tenantry/context/src/scope.ts'\n",
    'packages/routing/src/b.ts': "import { Scope } from '../../context/src/scope.ts'\n",
  })
  assert.deepEqual(violations, [
    'packages/routing/src/a.ts: `@tenantry/context/src/scope.ts` reaches inside a package',
    'packages/routing/src/b.ts: `../../context/src/scope.ts` leaves the package',
  ])
})

test('a test may use what is in tools and what the repository gives to every test', () => {
  const violations = violationsOf({
    'package.json': { devDependencies: { '@types/node': '24' } },
    'packages/context/src/scope.test.ts': "import '../../../tools/test-postgres.ts'\nimport '@types/node'\n",
  })
  assert.deepEqual(violations, [])
})

test('a dependency that is imported is declared, and one that is declared is imported', () => {
  const violations = violationsOf({
    'packages/routing/package.json': routing({ zod: '4', pg: '8', '@types/pg': '8' }),
    'packages/routing/src/index.ts': "import { jwtVerify } from 'jose'\nimport { Pool } from 'pg'\n",
  })
  assert.deepEqual(violations, [
    'packages/routing/src/index.ts: `jose` is not declared in its package.json',
    'packages/routing/package.json: nothing imports `zod`',
  ])
})

test('a package without arrows is named', () => {
  const violations = violationsOf({ 'packages/attic/package.json': { name: '@tenantry/attic' } })
  assert.deepEqual(violations, ['@tenantry/attic: give it its arrows in tools/check-boundaries.ts'])
})

test('a file whose name says nothing is named', () => {
  const violations = violationsOf({
    'packages/context/src/string-utils.ts': '',
    'packages/context/src/manager.ts': '',
    'packages/context/src/commonality.ts': '',
  })
  assert.deepEqual(violations.sort(), [
    'packages/context/src/manager.ts: its name does not say what it does',
    'packages/context/src/string-utils.ts: its name does not say what it does',
  ])
})

test('the console imports none of ours, and what its page is built with is declared for development', () => {
  const manifest = { name: '@tenantry/console', devDependencies: { react: '1.0.0', vite: '1.0.0' } }
  const page = "import { useState } from 'react'\n"
  assert.deepEqual(
    violationsOf({ 'packages/console/package.json': manifest, 'packages/console/src/app.tsx': page }),
    [],
  )
  assert.deepEqual(
    violationsOf({
      'packages/console/package.json': manifest,
      'packages/console/src/app.tsx': "import type { Tenant } from '@tenantry/context'\nimport 'react-dom'\n",
    }),
    [
      'packages/console/src/app.tsx: `@tenantry/context` is not declared in its package.json',
      'packages/console/src/app.tsx: may not import `@tenantry/context`',
      'packages/console/src/app.tsx: `react-dom` is not declared in its package.json',
    ],
  )
})

test('files and folders of a package import in one direction, types included', () => {
  const violations = violationsOf({
    'packages/context/src/index.ts': "export { a } from './a.ts'\n",
    'packages/context/src/a.ts': "import type { B } from './b.ts'\n",
    'packages/context/src/b.ts': "import { c } from './one/c.ts'\nexport type { A } from './a.ts'\n",
    'packages/context/src/one/c.ts': "export const d = () => import('../two/d.ts')\n",
    'packages/context/src/two/d.ts': "import '../one/e.ts'\n",
    'packages/context/src/one/e.ts': "import '../a.test.ts'\n",
    'packages/context/src/a.test.ts': "import './a.ts'\nimport './one/e.ts'\n",
  })
  assert.deepEqual(violations, [
    'packages/context: imports lead back: src/a.ts → src/b.ts → src/a.ts',
    'packages/context: imports lead back: src/one → src/two → src/one',
  ])
})
