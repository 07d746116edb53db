import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import { hosts } from './hosts.ts'
import { NoteClient } from './note-client.ts'
import { NoteService } from './note-service.ts'

const platform = await TestPlatform.start()
platform.becomeDeployment({ open: ['/tenant'] })
after(() => platform.stop())

for (const host of hosts) {
  describe(`an open path on ${host.name}`, () => {
    const notes = new NoteService()
    // What a server's connections bring comes in the scope that it was started in.
    const running = platform.scope('tenant-z').run(() => host.start(notes))
    after(async () => (await running).close())

    test('is answered outside every scope, with a token or without, and also on another’s connection', async () => {
      const client = new NoteClient(await running, notes, platform)
      for (const tokens of [[], [platform.token('tenant-a')], ['forged']]) {
        const { status, body } = await client.call('/tenant', tokens)
        assert.deepEqual([status, new Set(body.tenants)], [200, new Set(['none'])])
      }
      const lines = ['content-type: application/octet-stream', client.tokenLine('tenant-a')]
      const upload = client.bytesOf('POST', '/upload', [...lines, 'content-length: 1'], 'x')
      const said = await client.exchange(upload, client.bytesOf('GET', '/tenant', ['connection: close']))
      assert.match(said, /\["tenant-a","tenant-a"\][\s\S]*\["none","none","none"/)
      await client.close()
    })

    test('is that path alone, and for reading', async () => {
      const client = new NoteClient(await running, notes, platform)
      for (const path of [
        '/tenant/',
        '//tenant',
        '/TENANT',
        '/%74enant',
        '/nowhere/../tenant',
        '/tenant;x',
      ]) {
        const said = await client.exchange(client.bytesOf('GET', path, ['connection: close']))
        assert.match(said, /^HTTP\/1\.1 401 /, path)
      }
      assert.equal((await client.call('/tenant', [], { method: 'POST' })).status, 401)
      await client.close()
    })
  })
}
