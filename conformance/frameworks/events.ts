import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { generateSigningJwk, readSigningKey } from '@tenantry/context'
import { eventDigest, type SignedEvent, signEvent, writeEventToHttp } from '@tenantry/propagation'
import type { NoteDatabase } from '../../packages/tenantry/test/note-database.ts'
import type { Answer, NoteClient } from './note-client.ts'

const eventKey = readSigningKey(generateSigningJwk())

/** Deliveries have the effect of once, for their own tenant. */
export function testEvents(client: () => NoteClient, database: NoteDatabase): void {
  test('an event that is delivered five times at once, and again, has the effect of once, for its tenant', async () => {
    const event = eventFor('tenant-a')
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(client(), event)))
    answers.push(await deliver(client(), event))
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array(6).fill(204),
    )
    const { rows } = await database.admin.query(
      'select tenantry_tenant as tenant from note.notes where text = $1',
      [event.id],
    )
    assert.deepEqual(rows, [{ tenant: 'tenant-a' }])
  })

  test('an event with another’s token, or for another tenant, is refused, and nothing is handled', async () => {
    const [event, other] = [eventFor('tenant-a'), eventFor('tenant-b')]
    const { handled } = client().notes
    for (const token of [tokenFor(client(), other), client().platform.token('tenant-a')]) {
      const { status, body } = await deliver(client(), event, token)
      assert.deepEqual([status, body.code], [403, 'EVENT_REFUSED'])
    }
    assert.equal((await deliver(client(), event, '')).status, 401)
    assert.equal(client().notes.handled, handled)
  })

  test('an event that nobody handles is 404, and what is no event or too large is refused', async () => {
    const unhandled = await deliver(client(), eventFor('tenant-a', 'note.unhandled'))
    assert.deepEqual([unhandled.status, unhandled.body.code], [404, 'EVENT_UNHANDLED'])
    for (const body of ['{}', `"${'x'.repeat(900 * 1024)}"`]) {
      const { headers } = writeEventToHttp(eventFor('tenant-a'))
      const sent = { method: 'POST', headers: body === '{}' ? {} : headers, body } as const
      const answer = await client().callAs('tenant-a', '/.tenantry/events', sent)
      assert.deepEqual([answer.status, answer.body.code], [400, 'EVENT_MALFORMED'])
    }
  })
}

function eventFor(tenantid: string, type = 'note.wanted'): SignedEvent {
  const time = new Date().toISOString().replace(/\.\d+/, '')
  const source = 'urn:tenantry:service:order'
  const datacontenttype = 'application/json'
  const event = {
    specversion: '1.0',
    id: randomUUID(),
    source,
    type,
    time,
    datacontenttype,
    tenantid,
    data: '{}',
  }
  return signEvent(event as Parameters<typeof signEvent>[0], eventKey)
}

function tokenFor({ platform }: NoteClient, event: SignedEvent): string {
  const { id, type, tenantid } = event
  const tctx = { tenant: { id: tenantid, tier: 'basic' }, event: { id, type, digest: eventDigest(event) } }
  return platform.token(tenantid, { sub: 'order', scope: 'event', req_wl: 'relay', tctx })
}

function deliver(client: NoteClient, event: SignedEvent, token = tokenFor(client, event)): Promise<Answer> {
  const { headers, body } = writeEventToHttp(event)
  return client.call('/.tenantry/events', [token], { method: 'POST', headers, body })
}
