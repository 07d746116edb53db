import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import {
  deriveTenantKey,
  grantServiceRole,
  LeasedPool,
  migrateService,
} from '../../packages/isolation/src/index.ts'
import {
  asTenant,
  createIsolatedDatabase,
  databaseKey,
  type IsolatedDatabase,
  kid,
} from '../../packages/isolation/test/isolated-database.ts'
import { forms } from './corpus/forms.ts'
import { describeForms } from './describe-forms.ts'
import type { SqlForm } from './sql-form.ts'

const tenants = ['a', 'b', 'c']
let database: IsolatedDatabase
let count = 0

type Query = (statement: string) => Promise<pg.QueryResult>

async function outcome(query: Query, statement: string, tenant: string): Promise<unknown> {
  try {
    const { rows, rowCount, command, fields } = await query(statement.replaceAll(':who', tenant))
    return { rows, rowCount, command, fields: fields.map(({ name }) => name) }
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    return { code: error.code, message: error.message }
  }
}

/** What the statements give one customer on a PostgreSQL without Tenantry. */
async function asOneCustomer(form: SqlForm, tenant: string): Promise<unknown[]> {
  const schema = `plain_${count}_${tenant}`
  const { admin } = database
  await admin.query(`create schema ${schema}`)
  await admin.query(`set search_path = ${schema}`)
  try {
    for (const migration of form.migrations) await admin.query(migration)
    const outcomes: unknown[] = []
    for (const statement of form.statements)
      outcomes.push(await outcome((sql) => admin.query(sql), statement, tenant))
    return outcomes
  } finally {
    await admin.query('reset search_path')
  }
}

async function migrate(form: SqlForm, service: string): Promise<void> {
  const migrations = form.migrations.map((sql, at) => ({ name: `${at}.sql`, sql }))
  await migrateService(database.admin, { service, migrations, systemTables: [] })
}

/** What the statements give each of three tenants that run them in turn. */
async function asTenants(service: string, form: SqlForm): Promise<unknown[][]> {
  const role = `${database.name}_${service}`
  await grantServiceRole(database.admin, { role, password: 'test', service })
  const pool = new LeasedPool({
    ...database.credentials,
    user: role,
    password: 'test',
    max: 1,
    tenantKeys: {
      tenantKey: ({ context }) => {
        const claims = { tenant: context.tenant.id, role, kid, expiresAtMs: Date.now() + 60_000 }
        return { database: database.name, key: deriveTenantKey(databaseKey, claims), ...claims }
      },
    },
  })
  const outcomes: unknown[][] = tenants.map(() => [])
  try {
    for (const statement of form.statements)
      for (const [at, tenant] of tenants.entries())
        outcomes[at]?.push(await asTenant(tenant, () => outcome((sql) => pool.query(sql), statement, tenant)))
    return outcomes
  } finally {
    await pool.end()
    await database.admin.query(`drop owned by ${role}`)
    await database.admin.query(`drop role ${role}`)
  }
}

before(async () => {
  database = await createIsolatedDatabase([])
})
after(() => database.remove())

for (const [theme, themed] of Object.entries(forms))
  describe(theme, () => {
    for (const form of themed)
      it(`${form.name} ${form.refused ? `is refused: ${form.refused}` : 'runs as for one customer'}`, async () => {
        const service = `form${++count}`
        if (form.refused) return assert.rejects(migrate(form, service), { code: form.refused })
        const expected: unknown[][] = []
        for (const tenant of tenants) expected.push(await asOneCustomer(form, tenant))
        await migrate(form, service)
        const found = await asTenants(service, form)
        if (form.differs) {
          const { statement, plain, isolated } = form.differs
          for (const [outcomes, code] of [
            [expected, plain],
            [found, isolated],
          ] as const)
            for (const [failed] of outcomes.map((of) => of.splice(statement, 1)))
              assert.partialDeepStrictEqual(failed, { code })
        }
        assert.deepEqual(found, expected)
      })
  })

it('the reference lists every form', () => {
  const reference = new URL('../../docs/reference/sql.md', import.meta.url)
  assert.equal(readFileSync(reference, 'utf8'), describeForms(forms))
})
