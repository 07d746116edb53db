import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { composeDraft } from './compose-draft.ts'
import { valueAt, withValue, writeRequest } from './draft.ts'
import type { JsonObject } from './json.ts'
import { Markers } from './markers.ts'
import { OpenapiDocument } from './openapi/openapi-document.ts'
import { readOperations } from './openapi/read-operations.ts'
import { Party } from './party.ts'
import { SeededRandom } from './seeded-random.ts'
import type { Variant } from './synthesize-value.ts'

const markers = new Markers(new SeededRandom(1))
const body = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } } })

function compose(
  path: string,
  method: string,
  described: object,
  party = tenant(),
  variant: Variant = 'full',
) {
  const document = new OpenapiDocument({ openapi: '3.1.0', paths: { [path]: { [method]: described } } })
  const [operation] = readOperations(document)
  assert.ok(operation)
  const marker = (of: Party) => markers.issue(of.id)
  return composeDraft(party, operation, { document, random: new SeededRandom(7), variant, branch: 0, marker })
}

const tenant = () => new Party('tenant-a', () => ({}))
const isMarked = (text: unknown) => markers.in(String(text)).some(({ owner }) => owner === 'tenant-a')

describe('a draft', () => {
  it('has a marker in every text, and what the schema asks for elsewhere', () => {
    const draft = compose(
      '/notes',
      'post',
      body({
        type: 'object',
        properties: {
          text: { type: 'string' },
          mail: { type: 'string', format: 'email' },
          kind: { type: 'string', enum: ['a', 'b'] },
          count: { type: 'integer', minimum: 5, maximum: 6 },
          code: { type: 'string', pattern: '^[A-Z]{3}$' },
          tags: { type: 'array', minItems: 2, items: { type: 'string' } },
          nested: { type: 'object', properties: { deep: { type: ['string', 'null'] } } },
          made: { type: 'string', readOnly: true },
        },
      }),
    )
    const made = draft?.body as JsonObject & { tags: string[]; nested: { deep: string } }
    for (const text of [made.text, made.mail, ...made.tags, made.nested.deep])
      assert.ok(isMarked(text), String(text))
    assert.match(String(made.mail), /@/)
    assert.equal(made.tags.length, 2)
    assert.ok(['a', 'b'].includes(String(made.kind)))
    assert.ok(Number(made.count) >= 5 && Number(made.count) <= 6)
    assert.match(String(made.code), /^[A-Z]{3}$/)
    assert.ok(!('made' in made))
  })

  it('has what is required alone, or what the document shows', () => {
    const described = body({
      type: 'object',
      required: ['text'],
      properties: { text: { type: 'string', example: 'shown' }, more: { type: 'string' } },
    })
    assert.deepEqual(Object.keys(compose('/notes', 'post', described, tenant(), 'required')?.body ?? {}), [
      'text',
    ])
    const shown = compose('/notes', 'post', described, tenant(), 'example')?.body as JsonObject
    assert.equal(shown.text, 'shown')
    const whole = {
      properties: { size: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } },
    }
    const example = { size: 41, tags: ['shown'] }
    assert.deepEqual(
      compose('/notes', 'post', body({ ...whole, example }), tenant(), 'example')?.body,
      example,
    )
  })

  it('refers to what its tenant has seen, whatever it was called there', () => {
    const party = tenant()
    party.known.learn({ note: { note_id: 'n-1', author: { id: 7 } } }, '/notes')
    party.known.learn({ items: [{ id: 'p-1', name: 'Lamp' }] }, '/products')
    assert.equal(compose('/notes/{noteId}', 'get', {}, party)?.values.path.noteId, 'n-1')
    assert.equal(compose('/notes/{id}/marks', 'get', {}, party)?.values.path.id, 'n-1')
    const refers = { authorId: { type: 'integer' }, note_id: { type: 'string' } }
    assert.deepEqual(compose('/marks', 'post', body({ type: 'object', properties: refers }), party)?.body, {
      authorId: 7,
      note_id: 'n-1',
    })
  })

  it('refers to what stands in another thing, and gives what it makes an id of its own', () => {
    const party = tenant()
    party.known.learn({ id: 'v-1' }, '/venues')
    party.known.learn({ id: 'b-1' }, '/bookings')
    const id = { type: 'string' }
    const schema = { type: 'object', properties: { id, venue: { type: 'object', properties: { id } } } }
    const made = compose('/bookings', 'post', body(schema), party)?.body as { id: string; venue: JsonObject }
    assert.notEqual(made.id, 'b-1')
    assert.deepEqual(made.venue, { id: 'v-1' })
    const put = compose('/bookings/{bookingId}', 'put', body(schema), party)?.body as JsonObject
    assert.equal(put.id, 'b-1')
  })

  it('is not made when its path needs what the tenant has not seen', () => {
    assert.equal(compose('/notes/{noteId}', 'get', {}), undefined)
  })

  it('names what a PUT may make', () => {
    const path = compose('/settings/{key}', 'put', {})?.values.path
    assert.ok(isMarked(path?.key))
  })

  it('says whose it is where a field asks for it', () => {
    const draft = compose(
      '/notes',
      'post',
      body({ type: 'object', properties: { organization_id: { type: 'string' } } }),
    )
    assert.deepEqual(draft?.body, { organization_id: 'tenant-a' })
    assert.deepEqual(
      draft?.places.map(({ role }) => role),
      ['tenant'],
    )
  })

  it('is written with its values in their places, and an attack’s in theirs', () => {
    const party = tenant()
    party.known.learn({ id: 'n/1' }, '/notes')
    const parameters = [
      { name: 'lang', in: 'query', required: true, schema: { const: 'en' } },
      { name: 'x-part', in: 'header', required: true, schema: { const: 'one' } },
      { name: 'seen', in: 'cookie', required: true, schema: { const: 'yes' } },
    ]
    const draft = compose(
      '/notes/{id}',
      'put',
      { parameters, ...body({ properties: { n: { const: 1 } } }) },
      party,
    )
    assert.ok(draft)
    assert.deepEqual(writeRequest(draft, [['x-first', 'a']]), {
      method: 'PUT',
      target: '/notes/n%2F1?lang=en',
      headers: [
        ['x-first', 'a'],
        ['x-part', 'one'],
        ['cookie', 'seen=yes'],
        ['content-type', 'application/json'],
      ],
      body: '{"n":1}',
    })
    const place = draft.places.find(({ in: at }) => at === 'path')
    assert.ok(place)
    const swapped = withValue(draft, place, 'theirs')
    assert.equal(valueAt(swapped, place), 'theirs')
    assert.equal(writeRequest(swapped).target, '/notes/theirs?lang=en')
  })
})

describe('markers', () => {
  it('are known by their owner wherever they stand, in capitals too', () => {
    const [own, other] = [markers.issue('tenant-a'), markers.issue('tenant-b')]
    assert.deepEqual(markers.in(`x${own.toUpperCase()}-${other} ${other}`), [
      { marker: own, owner: 'tenant-a' },
      { marker: other, owner: 'tenant-b' },
    ])
    assert.deepEqual(markers.in('nothing of the kind'), [])
  })

  it('of another run are nobody’s', () => {
    assert.deepEqual(markers.in(new Markers(new SeededRandom(1)).issue('tenant-a')), [])
  })
})
