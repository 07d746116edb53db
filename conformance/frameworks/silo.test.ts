import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import { hosts } from './hosts.ts'
import { NoteClient } from './note-client.ts'
import { NoteService } from './note-service.ts'
import { takeSockets } from './upgrades.ts'

const platform = await TestPlatform.start()
platform.becomeDeployment({ tenant: 'tenant-c' })
after(() => platform.stop())

for (const host of hosts) {
  describe(host.name, () => {
    let client: NoteClient
    before(async () => {
      const notes = new NoteService()
      const running = await host.start(notes)
      takeSockets(running, notes)
      client = new NoteClient(running, notes, platform)
    })
    after(async () => {
      await client.close()
      await client.host.close()
    })

    test('a silo serves its tenant', async () => {
      const { status, body } = await client.callAs('tenant-c', '/tenant')
      assert.deepEqual([status, body.tenants[0]], [200, 'tenant-c'])
    })

    test('a silo refuses every other tenant with 421, on every path, and names nobody', async () => {
      const { handled } = client.notes
      for (const tenant of ['tenant-a', 'tenant-cc', 'tenant']) {
        for (const path of ['/tenant', '/.tenantry/events', '/nowhere']) {
          const { status, body } = await client.callAs(tenant, path)
          assert.deepEqual([status, body.code], [421, 'ROUTING_MISDIRECTED'])
          assert.doesNotMatch(JSON.stringify(body), /tenant-c/)
        }
      }
      assert.equal(client.notes.handled, handled)
    })

    test('a silo answers another tenant’s upgrade with 421', async () => {
      const socket = client.openSocket('/', [platform.token('tenant-a')])
      const [, answer] = await once(socket, 'unexpected-response')
      assert.equal(answer.statusCode, 421)
      socket.on('error', () => undefined).terminate()
    })

    test('without a database there are no deliveries', async () => {
      const answer = await client.callAs('tenant-c', '/.tenantry/events', { method: 'POST' })
      assert.equal(answer.status, 404)
    })
  })
}
