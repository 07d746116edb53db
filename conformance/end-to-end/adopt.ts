import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { Client } from 'pg'
import { postgresUrl } from './postgres-url.ts'
import type { RunningSystem } from './running-system.ts'

const acme = '3fa85f64-5717-4562-b3fc-2c963f66afa6'

/** What `tenantry adopt` makes of a database that was written without us, beside the running shop. */
export function describeAdopt(system: RunningSystem): void {
  describe('tenantry adopt', () => {
    const name = `app_${randomBytes(4).toString('hex')}`
    let app: Client
    const adopt = (...args: string[]) =>
      system.tenantry('adopt', '--database', postgresUrl(system, name), ...args)
    const asAdmin = async (database: string, ...texts: string[]) => {
      const client = new Client(postgresUrl(system, database))
      await client.connect()
      try {
        for (const text of texts) await client.query(text)
      } finally {
        await client.end()
      }
    }

    before(async () => {
      await asAdmin('postgres', `create database ${name}`, `create role ${name} login password 'only here'`)
      await asAdmin(
        name,
        `create table projects (id serial primary key, organization_id uuid not null, name text);
         insert into projects (organization_id, name) values ('${acme}', 'anvil'), (gen_random_uuid(), 'zoo');
         grant select, insert, update, delete on projects to ${name}`,
      )
      const url = new URL(postgresUrl(system, name))
      Object.assign(url, { username: name, password: 'only here' })
      app = new Client(url.href)
      await app.connect()
    })
    after(async () => {
      await app.end()
      await asAdmin('postgres', `drop database ${name} with (force)`, `drop role ${name}`)
    })
    const count = async () => (await app.query('select * from projects')).rowCount

    it('prints a plan, and changes nothing', async () => {
      const plan = await adopt('--role', name)
      assert.match(plan, /public\.projects +organization_id +uuid/)
      assert.match(plan, /create policy tenantry_adopted on "public"\."projects" as restrictive/)
      assert.match(plan, /the way back.*\n {2}drop policy if exists tenantry_adopted/)
      assert.match(await adopt('--status'), /nothing of this database was adopted/)
    })

    it('observes first, and the service that is connected notices nothing', async () => {
      assert.match(await adopt('--role', name, '--apply'), /public\.projects +organization_id +\w+ +observe/)
      assert.equal(await count(), 2)
    })

    it('enforces when the control plane has installed its keys, and not before', async () => {
      await assert.rejects(adopt('--mode', 'enforce'), (error: { stderr: string }) =>
        /ADOPT_NO_KEY/.test(error.stderr),
      )
      assert.match(await adopt('--keys'), /has the keys/)
      assert.match(await adopt('--mode', 'enforce'), /enforce/)
      await assert.rejects(count(), { code: 'TN001' })
    })

    it('goes back to observing without a deploy, and gives the database back', async () => {
      assert.match(await adopt('--mode', 'observe', '--table', 'projects'), /observe/)
      assert.equal(await count(), 2)
      assert.match(await adopt('--undo'), /as it was/)
      assert.equal(await count(), 2)
    })

    it('refuses by name what it cannot do', async () => {
      for (const [args, expected] of [
        [[], /name the role/],
        [['--mode', 'strict'], /use one of observe, warn, enforce/],
        [['--apply', '--undo', '--role', name], /cannot be used with/],
        [['--role', 'nobody-here'], /ADOPT_NO_ROLE/],
      ] as const) {
        await assert.rejects(adopt(...args), (error: { stderr: string }) => expected.test(error.stderr))
      }
    })
  })
}
