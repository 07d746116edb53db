import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Pool } from 'tenantry/pg'
import { createNoteDatabase } from '../../packages/tenantry/test/note-database.ts'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import { testCounts } from './counts.ts'
import { testErrors } from './errors.ts'
import { testEvents } from './events.ts'
import { hosts } from './hosts.ts'
import { NoteClient } from './note-client.ts'
import { NoteService } from './note-service.ts'
import { testRefusals } from './refusals.ts'
import { testScopes } from './scopes.ts'
import { takeSockets, testUpgrades } from './upgrades.ts'

const database = await createNoteDatabase()
const platform = await TestPlatform.start(database.address)
await database.install(platform.master)
platform.becomeDeployment()
// Two connections for a thousand tenants: each statement finds one that another tenant's has just left.
// Whoever comes last waits for all of them, on a busy machine for long.
const db = new Pool({ max: 2, connectionTimeoutMillis: 60_000 })

after(async () => {
  await db.end()
  await database.remove()
  platform.stop()
})

const tenants = Array.from({ length: 1_000 }, (_, at) => `tenant-${at}`)

for (const host of hosts) {
  describe(host.name, () => {
    let client: NoteClient
    before(async () => {
      const notes = new NoteService(db)
      const running = await host.start(notes)
      takeSockets(running, notes)
      client = new NoteClient(running, notes, platform)
    })
    after(async () => {
      await client.close()
      await client.host.close()
    })
    const current = () => client

    testRefusals(current)
    testScopes(current, host)
    testErrors(current, host)
    testUpgrades(current)
    testEvents(current, database)
    testCounts(current, host)

    test('of a thousand interleaved tenants on two connections, each writes and reads as itself', async () => {
      const answers: Awaited<ReturnType<NoteClient['write']>>[] = []
      // The service, its callers and the token service are one process here: so many at once as it answers in time.
      for (let from = 0; from < tenants.length; from += 250) {
        const some = tenants.slice(from, from + 250)
        const asked = some.map((tenant) => client.write(platform.token(tenant), `of ${tenant}`))
        answers.push(...(await Promise.all(asked)))
      }
      for (const [at, { status, body }] of answers.entries()) {
        const tenant = tenants[at]
        assert.deepEqual(
          { status, body },
          { status: 200, body: { tenant, leased: tenant, text: `of ${tenant}` } },
        )
      }
    })
  })
}
