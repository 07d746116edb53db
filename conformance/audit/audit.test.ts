import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { Client } from 'pg'
import { readAudit } from '../../packages/isolation/src/audit/audit-database.ts'
import { auditDatabase, auditRules } from '../../packages/isolation/src/index.ts'
import { type AuditedDatabase, createAuditedDatabase } from './audited-database.ts'
import { describeRules } from './describe-rules.ts'
import { seededHoles } from './seeded-holes.ts'

// Of these a test cannot make one in a transaction: they are the server's, and it has one version and one pg_hba.conf.
const ofTheServer = ['VERSION_OLD', 'VERSION_KNOWN_BAD', 'TRUST_AUTHENTICATION', 'CONNECTION_PLAIN']

for (const version of [17, 18] as const) {
  describe(`On PostgreSQL ${version}`, () => {
    let database: AuditedDatabase
    before(async () => {
      database = await createAuditedDatabase(version)
    })
    after(() => database.remove())

    test('a database as the control plane leaves it has no finding', async () => {
      const { findings, enforced, tables } = await auditDatabase(database.admin, database.declared)
      assert.deepEqual(findings, [])
      assert.equal(enforced.length, auditRules.length)
      assert.deepEqual(tables, { protected: 6, shared: 1 })
    })

    test('every seeded hole is found, by its name and its place', async (t) => {
      for (const { name, rule, object, sql } of seededHoles(database)) {
        await t.test(`${name}: ${rule}`, async () => {
          await database.admin.query('begin')
          try {
            await database.admin.query(sql)
            const { findings } = await readAudit(database.admin, database.declared)
            const found = findings.filter((finding) => finding.name === rule)
            assert.ok(
              found.some((finding) => finding.object.includes(object) && finding.detail && finding.mend),
              JSON.stringify(findings, undefined, 2),
            )
          } finally {
            await database.admin.query('rollback')
          }
        })
      }
    })

    test('there is a seeded hole for every question, but for what only a server has', () => {
      const seeded = new Set(seededHoles(database).map(({ rule }) => rule))
      const missing = auditRules.map(({ name }) => name).filter((name) => !seeded.has(name))
      assert.deepEqual(missing.sort(), ofTheServer.sort())
    })

    test('what whoever audits may not read is named, and is not among what holds', async () => {
      await database.admin.query(`begin; create role auditor; grant usage on schema tenantry to auditor;
        grant select on all tables in schema tenantry to auditor; revoke select on tenantry.revocations from auditor;
        set local role auditor`)
      const { findings, enforced } = await readAudit(database.admin).finally(() =>
        database.admin.query('rollback'),
      )
      const unread = ['REVOCATION_UNREAD', 'TRUST_AUTHENTICATION']
      assert.deepEqual(
        findings.map(({ name, severity, object }) => ({ name, severity, object })),
        unread.map((object) => ({ name: 'NOT_READ', severity: 'weaker', object })),
      )
      assert.equal(enforced.length, auditRules.length - unread.length)
    })

    test('a line of pg_hba.conf that trusts is found', async () => {
      const { rows } = await database.admin.query<{ file: string }>(
        `select current_setting('hba_file') as file`,
      )
      const line = 'host all all 127.0.0.9/32 trust'
      await database.admin.query(`copy (select '${line}') to program 'cat >> ${rows[0]?.file}'`)
      const { findings } = await auditDatabase(database.admin)
      assert.deepEqual(
        findings.map(({ name, severity }) => ({ name, severity })),
        [{ name: 'TRUST_AUTHENTICATION', severity: 'hole' }],
      )
    })

    test('a database that was never installed is refused, and the connection is left as it was', async () => {
      const { host, port, user, password } = database.admin
      const client = new Client({ host, port, user, password: password ?? '', database: database.elsewhere })
      await client.connect()
      await assert.rejects(auditDatabase(client), { code: 'AUDIT_NOT_INSTALLED', help: /migrate --status/ })
      const { rows } = await client.query(
        `select current_setting('search_path') as path, now() = statement_timestamp() as alone`,
      )
      assert.deepEqual(rows, [{ path: '"$user", public', alone: true }])
      await client.end()
    })
  })
}

test('question names are unique, and each says its fact and its mend', () => {
  assert.equal(new Set(auditRules.map(({ name }) => name)).size, auditRules.length)
  for (const { name, fact, mend } of auditRules) assert.ok(/^[A-Z_]+$/.test(name) && fact && mend, name)
})

test('the reference lists every question as it is', () => {
  const reference = readFileSync(new URL('../../docs/reference/audit.md', import.meta.url), 'utf8')
  assert.equal(reference, describeRules(auditRules))
})
