import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import {
  createIsolatedDatabase,
  databaseKey,
  type IsolatedDatabase,
  kid,
} from '../../test/isolated-database.ts'
import { restoreTenant, revokeTenant, signLease } from '../index.ts'
import { installKeys, readKeyIds } from './install-keys.ts'

describe('a database’s keys', () => {
  let database: IsolatedDatabase
  let client: pg.Client & { processID?: number }
  before(async () => {
    database = await createIsolatedDatabase([{ name: '001.sql', sql: 'create table things (name text)' }])
    client = new pg.Client(database.credentials)
    await client.connect()
  })
  after(async () => {
    await client.end()
    await database.remove()
  })

  const next = { kid: kid + 1, key: randomBytes(32) }
  const read = async (changes: { kid?: number; databaseKey?: Buffer } = {}) => {
    const lease = signLease(database.tenantKey('a', changes), client.processID ?? 0)
    await client.query(`select set_config('tenantry.lease', $1, false)`, [lease])
    await client.query(`insert into things values ('x')`)
  }
  const ofNext = { kid: next.kid, databaseKey: next.key }

  it('verify leases side by side, and one that is taken back verifies nothing more', async () => {
    await assert.rejects(read(ofNext), { code: '42704' })
    await installKeys(database.admin, [{ kid, key: databaseKey }, next])
    await read()
    await read(ofNext)
    await installKeys(database.admin, [next])
    assert.deepEqual(await readKeyIds(database.admin), [next.kid])
    await assert.rejects(read(), { code: '42704' })
    await read(ofNext)
  })

  it('know from the first who is suspended', async () => {
    await revokeTenant(database.admin, 'a')
    const third = { kid: kid + 2, key: randomBytes(32) }
    await installKeys(database.admin, [next, third])
    await assert.rejects(read({ kid: third.kid, databaseKey: third.key }), { code: 'TN004' })
    await assert.rejects(read(ofNext), { code: 'TN004' })
    await restoreTenant(database.admin, 'a')
    await read({ kid: third.kid, databaseKey: third.key })
    await installKeys(database.admin, [next])
  })

  it('are replaced under the same kid', async () => {
    const other = { kid: next.kid, key: randomBytes(32) }
    await installKeys(database.admin, [other])
    await assert.rejects(read(ofNext), { code: 'TN002' })
    await read({ kid: other.kid, databaseKey: other.key })
  })
})
