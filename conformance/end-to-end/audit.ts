import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import type { PlacementAudit } from '../../packages/platform/src/index.ts'
import { postgresUrl } from './postgres-url.ts'
import type { RunningSystem } from './running-system.ts'

/** What `tenantry audit` says of the running shop. */
export function describeAudit(system: RunningSystem): void {
  describe('tenantry audit', () => {
    it('finds nothing in any placement of the shop', async () => {
      const { placements } = await readAudit(system)
      assert.deepEqual(
        placements
          .map(({ tenant }) => tenant)
          .filter((tenant) => tenant === null || /^tenant-[bce]$/.test(tenant)),
        [null, 'tenant-b', 'tenant-c', 'tenant-e'],
      )
      for (const { audit, failure } of placements) {
        assert.equal(failure, null)
        assert.deepEqual(audit?.findings, [])
        assert.ok((audit?.tables.protected ?? 0) > 0)
      }
      assert.match(await system.tenantry('audit'), /✓ no hole in \d databases/)
    })

    it('names a hole and exits with 1, by the control plane and by the database’s URL; migrating closes it', async () => {
      const url = postgresUrl(system, 'tenantry_pool')
      await run(url, 'alter table product.products no force row level security')
      const hole = /hole FORCE_MISSING product\.products: FORCE is missing in tenantry_pool/
      await assert.rejects(system.tenantry('audit'), (error) => isHole(error, hole))
      await assert.rejects(system.tenantry('audit', '--database', url), (error) => isHole(error, hole))
      await system.tenantry('migrate')
      assert.match(await system.tenantry('audit'), /✓ no hole/)
      assert.match(await system.tenantry('audit', '--database', url, '--verbose'), /✓ +FORCE_MISSING/)
    })

    it('needs the admin token, and a URL that leads to a placement', async () => {
      assert.equal(
        (await system.operate('/audit', { token: await system.token('tenant-a', 'admin') })).status,
        401,
      )
      const refusals = [
        ['not-a-url', /AUDIT_URL/],
        [postgresUrl(system, 'tenantry_catalog'), /AUDIT_NOT_INSTALLED/],
        [postgresUrl(system, 'tenantry_nowhere'), /AUDIT_UNREACHABLE/],
      ] as const
      for (const [url, code] of refusals) {
        await assert.rejects(system.tenantry('audit', '--database', url), (error: { stderr: string }) => {
          assert.match(error.stderr, code)
          assert.ok(
            !error.stderr.includes(new URL(postgresUrl(system, 'any')).password),
            'no password is printed',
          )
          return true
        })
      }
    })
  })
}

async function readAudit(system: RunningSystem): Promise<{ placements: PlacementAudit[] }> {
  return JSON.parse(await system.tenantry('audit', '--json'))
}

function isHole(error: unknown, hole: RegExp): boolean {
  const { code, stdout } = error as { code: number; stdout: string }
  assert.equal(code, 1)
  assert.match(stdout, hole)
  assert.match(stdout, /→ run `tenantry migrate`/)
  return true
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}
