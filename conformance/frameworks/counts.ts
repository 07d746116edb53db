import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Host } from './host.ts'
import { testUnlessLeftOut } from './left-out.ts'
import type { NoteClient } from './note-client.ts'

/** Requests are counted under their tenant. */
export function testCounts(client: () => NoteClient, host: Host): void {
  // All hosts are one process, and so one page of metrics: this tenant calls none but this host.
  const tenant = `counted-on-${host.name.replaceAll(' ', '-')}`
  const counted = async (line: RegExp) => {
    const asked = request({ socketPath: client().platform.operatorSocket, path: '/metrics' }).end()
    const [answer] = await once(asked, 'response')
    const lines = (await text(answer)).split('\n')
    return lines.filter(
      (one) => one.startsWith('http_server_request_duration_seconds_count') && line.test(one),
    )
  }

  test('requests are counted under their tenant and status, and refused ones under no tenant', async () => {
    await client().callAs(tenant, '/tenant')
    await client().callAs(tenant, '/fail/platform')
    const lines = await counted(new RegExp(`tenant_id="${tenant}"`))
    for (const status of [200, 423]) assert.ok(lines.some((line) => line.includes(`status_code="${status}"`)))
    const refused = await counted(/status_code="401"/)
    assert.ok(refused.length > 0 && refused.every((line) => !line.includes('tenant_id')))
  })

  testUnlessLeftOut(host, 'route-pattern', 'a route is counted by its pattern', async () => {
    await client().callAs(tenant, '/fail/platform')
    assert.equal((await counted(new RegExp(`tenant_id="${tenant}".*"/fail/:kind"`))).length, 1)
  })

  test('a path that a client chose is never counted under', async () => {
    await client().callAs(tenant, `/nowhere/${tenant}`)
    await client().callAs(tenant, '/fail/platform')
    assert.deepEqual(await counted(/nowhere|\/fail\/platform/), [])
  })
}
