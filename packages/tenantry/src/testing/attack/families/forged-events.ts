import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { eventsPath } from '../../../requests/event-handlers.ts'
import type { AttackRun } from '../attack-run.ts'
import { type AttackRequest, writeRequest } from '../draft.ts'
import type { AttackFamily } from '../family.ts'
import { isJsonObject, type Json } from '../json.ts'
import { isIdName, isTenantName } from '../names.ts'
import type { Party } from '../party.ts'

const settleMs = 20
const eventLike = /event|hook|callback|notif|deliver|message|pubsub/i

/** Posts events that nobody signed and that name the other, to where the service takes events. */
export const forgedEvents: AttackFamily = {
  about: 'posts unsigned events for the other, in CloudEvents’ HTTP forms',
  async attack(run, attacker, victim) {
    const own = await attacker.headers()
    for (const event of eventsOf(run)) {
      for (const party of [run.nobody, attacker]) {
        for (const write of [binary, structured, bare]) {
          const data = fill(event.data, { mark: () => run.marker(party), victim })
          const request = write({ ...event, data: data ?? { text: run.marker(party) } }, victim)
          await run.attackRaw(party, request, `POST ${event.path}`, {
            credentials: party === attacker ? own : [],
          })
        }
      }
      // A handler may work after it has answered.
      await delay(settleMs)
      await run.lookAgain(victim)
    }
  },
}

interface ForgedEvent {
  readonly type: string
  readonly path: string
  readonly data: Json | undefined
}

/** What the caller gave as examples, what the document's own operations take, and Tenantry's own path. */
function eventsOf(run: AttackRun): ForgedEvent[] {
  const given = run.events.map(({ type, data, path = eventsPath }) => ({
    type,
    path,
    data: data as Json | undefined,
  }))
  const documented = run.operations
    .filter(({ method, path }) => method === 'POST' && eventLike.test(path))
    .flatMap((operation) => {
      const draft = run.draft(run.nobody, operation) ?? run.draft(run.parties[0], operation)
      if (!draft) return []
      const { target } = writeRequest(draft)
      const types = typesOf(draft.body)
      return types.map((type) => ({ type, path: target, data: draft.body }))
    })
  const usual = [{ type: 'attack.tried', path: eventsPath, data: undefined }]
  return [...given, ...documented, ...(given.length > 0 ? [] : usual)]
}

function typesOf(body: Json | undefined): string[] {
  const type = isJsonObject(body) ? body.type : undefined
  return [typeof type === 'string' ? type : 'attack.tried']
}

/** The same data with markers in its texts, the other's ids in its references, and the other as its owner. */
function fill(
  data: Json | undefined,
  { mark, victim }: { mark: () => string; victim: Party },
): Json | undefined {
  const change = (value: Json, name: string): Json => {
    if (Array.isArray(value)) return value.map((part) => change(part, name))
    if (isJsonObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part, key)]))
    if (isTenantName(name)) return victim.id
    if (isIdName(name)) return victim.known.find(name, name.replace(/_?id$/i, '')) ?? value
    if (typeof value !== 'string' || name === 'type' || name === 'specversion' || name === 'source')
      return value
    return mark()
  }
  return data === undefined ? undefined : change(data, '')
}

function attributes({ type }: ForgedEvent, victim: Party): Record<string, string> {
  return {
    ...{ specversion: '1.0', id: randomUUID(), source: 'urn:tenantry:service:attack', type },
    ...{ time: '2031-05-17T10:30:00Z', tenantid: victim.id },
  }
}

function binary(event: ForgedEvent, victim: Party): AttackRequest {
  const named = Object.entries(attributes(event, victim)).map(
    ([name, value]) => [`ce-${name}`, value] as const,
  )
  const headers = [['content-type', 'application/json'] as const, ...named]
  return { method: 'POST', target: event.path, headers, body: JSON.stringify(event.data) }
}

function structured(event: ForgedEvent, victim: Party): AttackRequest {
  const headers = [['content-type', 'application/cloudevents+json'] as const]
  const body = JSON.stringify({
    ...attributes(event, victim),
    datacontenttype: 'application/json',
    data: event.data,
  })
  return { method: 'POST', target: event.path, headers, body }
}

/** No CloudEvent at all: the data, with the other's name beside it. */
function bare(event: ForgedEvent, victim: Party): AttackRequest {
  const headers = [['content-type', 'application/json'] as const]
  const body = {
    ...(isJsonObject(event.data) ? event.data : { data: event.data ?? null }),
    tenantid: victim.id,
  }
  return { method: 'POST', target: event.path, headers, body: JSON.stringify(body) }
}
