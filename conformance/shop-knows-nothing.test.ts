import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const services = ['product', 'order', 'fulfillment', 'invoice']

/** Tenants, tiers, placements and the headers that carry them, in any spelling. */
const platformWords = /tenant|tier\b|\b(?:basic|advanced|premium|silo)\b|txn[-_]?token|x-jwt/i

/** The lines of `source` that speak of what only the platform knows; the package's name aside. */
function linesThatKnow(source: string): string[] {
  return source.split('\n').filter((line) => platformWords.test(line.replace(/\btenantry\b/g, '')))
}

for (const service of services) {
  test(`the ${service} service's code and migrations know nothing of tenants`, () => {
    const files = globSync(`examples/shop/${service}/{src,migrations}/**/*.*`, { cwd: root })
    assert.ok(files.length > 0, `no files of \`${service}\` were found`)
    for (const file of files) {
      assert.deepEqual(linesThatKnow(readFileSync(join(root, file), 'utf8')), [], file)
    }
  })
}

test('the examples of data layers know nothing of tenants', () => {
  const files = globSync('examples/orms/{*,*/*,*/migrations/*}.{ts,sql,prisma}', {
    cwd: root,
    exclude: ['**/test/**', '**/*.test.ts', '**/node_modules'],
  })
  assert.ok(files.length >= 11, `only ${files.length} files were found`)
  for (const file of files) {
    assert.deepEqual(linesThatKnow(readFileSync(join(root, file), 'utf8')), [], file)
  }
})

test('the examples of workers know nothing of tenants, neither where jobs are put into a queue nor where they are taken off it', () => {
  const files = globSync('examples/workers/{*,*/*}.{ts,sql}', {
    cwd: root,
    exclude: ['**/test/**', '**/*.test.ts', '**/node_modules'],
  })
  assert.equal(files.length, 4)
  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8').replaceAll('isTenantryError', '')
    assert.deepEqual(linesThatKnow(source), [], file)
  }
})

test('a tenant, tier, header or column would be noticed', () => {
  assert.deepEqual(
    linesThatKnow("import { tenantry } from 'tenantry/fastify'\napp.register(tenantry, { db })"),
    [],
  )
  const planted = [
    "const id = request.headers['x-tenant-id']",
    "if (tier === 'premium') return",
    'select tenantry_tenant from orders',
    "headers['Txn-Token']",
    'const limit = { basic: 10 }',
    'request.tenantId',
  ]
  for (const line of planted) assert.deepEqual(linesThatKnow(line), [line])
})
