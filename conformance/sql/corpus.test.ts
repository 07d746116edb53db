import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { extensionSchema } from '../../packages/isolation/src/database/isolation-roles.ts'
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
    const results = [await query(statement.replaceAll(':who', tenant))].flat()
    return results.map(({ rows, rowCount, command, fields }) => {
      return { rows, rowCount, command, fields: fields.map(({ name }) => name) }
    })
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
  await admin.query(`set search_path = ${schema}, ${extensionSchema}`)
  try {
    for (const migration of form.migrations) await admin.query(migration)
    const outcomes: unknown[] = []
    const run = async (statements: readonly string[]) => {
      for (const statement of statements)
        outcomes.push(await outcome((sql) => admin.query(sql), statement, tenant))
    }
    await run(form.statements)
    if (form.later) await admin.query(form.later.migration)
    await run(form.later?.statements ?? [])
    return outcomes
  } finally {
    await admin.query('reset search_path')
  }
}

async function migrate(form: SqlForm, service: string, texts = form.migrations): Promise<void> {
  const migrations = texts.map((sql, at) => ({ name: `${at}.sql`, sql }))
  await migrateService(database.admin, { service, migrations, shared: form.shared ?? [] })
}

/** What the statements give each of three tenants that run them in turn. */
async function asTenants(service: string, form: SqlForm): Promise<unknown[][]> {
  const role = `${database.name}_${service}`
  await grantServiceRole(database.admin, { role, password: 'test', service })
  const outcomes: unknown[][] = tenants.map(() => [])
  const run = async (statements: readonly string[]) => {
    const pool = connectAs(role)
    try {
      for (const statement of statements)
        for (const [at, tenant] of tenants.entries())
          outcomes[at]?.push(
            await asTenant(tenant, () => outcome((sql) => pool.query(sql), statement, tenant)),
          )
    } finally {
      await pool.end()
    }
  }
  try {
    await run(form.statements)
    if (form.later) await migrate(form, service, [...form.migrations, form.later.migration])
    await run(form.later?.statements ?? [])
    return outcomes
  } finally {
    await database.admin.query(`drop owned by ${role}`)
    await database.admin.query(`drop role ${role}`)
  }
}

function connectAs(role: string): LeasedPool {
  return new LeasedPool({
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
}

before(async () => {
  database = await createIsolatedDatabase([])
  // One of each database, not of each customer's schema.
  await database.admin.query(
    `create schema if not exists ${extensionSchema}; create extension citext schema ${extensionSchema}`,
  )
})
after(() => database.remove())

for (const [theme, themed] of Object.entries(forms))
  describe(theme, () => {
    for (const form of themed)
      it(`${form.name} ${form.refused ? `is refused: ${form.refused}` : 'runs as for one customer'}`, async () => {
        const service = `form${++count}`
        if (form.refused) {
          if (form.later) await migrate(form, service)
          return assert.rejects(form.later ? asTenants(service, form) : migrate(form, service), {
            code: form.refused,
          })
        }
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
