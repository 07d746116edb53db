import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import type { DriverConnection } from './driver.ts'
import { sendBatch } from './lease-batch.ts'
import { OwnAnswers } from './own-answers.ts'

describe('what is sent in front of a statement', () => {
  let database: IsolatedDatabase
  before(async () => {
    database = await createIsolatedDatabase([])
  })
  after(() => database.remove())

  const connect = async () => {
    const client = new pg.Client(database.credentials)
    await client.connect()
    const { connection } = client as unknown as { connection: DriverConnection }
    return { client, connection, answers: new OwnAnswers(connection) }
  }

  it('keeps its own answers from the statement', async () => {
    const { client, connection, answers } = await connect()
    sendBatch(connection, answers, 'select 1 as one; reset all')
    assert.deepEqual((await client.query('select 2 as two')).rows, [{ two: 2 }])
    await client.end()
  })

  it('ends the connection when it is refused', async () => {
    const { client, connection, answers } = await connect()
    client.on('error', () => undefined)
    const ended = new Promise((resolve) => void client.on('end', () => resolve('ended')))
    sendBatch(connection, answers, 'select 1 / 0')
    assert.equal(await Promise.race([ended, sleep(2_000).then(() => 'still open')]), 'ended')
    await assert.rejects(client.query('select 2 as two'))
  })
})
