import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OpenapiDocument } from './openapi-document.ts'
import { readOperations } from './read-operations.ts'
import { flattenSchema, type Schema } from './schema.ts'

const read = (paths: object, more: object = {}) =>
  readOperations(new OpenapiDocument({ openapi: '3.0.3', paths, ...more }))

describe('the operations of an OpenAPI document', () => {
  it('have the parameters of their path and their own, which come first', () => {
    const [operation] = read(
      {
        '/notes/{id}': {
          parameters: [
            { $ref: '#/components/parameters/Id' },
            { name: 'lang', in: 'query', schema: { type: 'string' } },
          ],
          get: { parameters: [{ name: 'lang', in: 'query', required: true, schema: { type: 'integer' } }] },
        },
      },
      {
        components: {
          parameters: { Id: { name: 'id', in: 'path', required: true, schema: { type: 'string' } } },
        },
      },
    )
    assert.equal(operation?.name, 'GET /notes/{id}')
    assert.deepEqual(operation?.parameters, [
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'lang', in: 'query', required: true, schema: { type: 'integer' } },
    ])
  })

  it('take a placeholder that nobody declared for a parameter, and leave credentials to the tenants', () => {
    const [operation] = read({
      '/notes/{noteId}': {
        get: { parameters: [{ name: 'Authorization', in: 'header', schema: { type: 'string' } }] },
      },
    })
    assert.deepEqual(
      operation?.parameters.map(({ name, in: place }) => [name, place]),
      [['noteId', 'path']],
    )
  })

  it('are under the path of the first server', () => {
    const [operation] = read({ '/notes': { get: {} } }, { servers: [{ url: 'https://example.test/v1/' }] })
    assert.deepEqual([operation?.name, operation?.path], ['GET /notes', '/v1/notes'])
  })

  it('take JSON before forms, and no body that they cannot write', () => {
    const content = (...types: string[]) => ({
      post: { requestBody: { content: Object.fromEntries(types.map((type) => [type, { schema: {} }])) } },
    })
    const operations = read({
      '/both': content('application/x-www-form-urlencoded', 'application/vnd.note+json'),
      '/form': content('application/x-www-form-urlencoded'),
      '/file': content('multipart/form-data'),
    })
    assert.deepEqual(
      operations.map(({ body }) => body?.type),
      ['application/vnd.note+json', 'application/x-www-form-urlencoded', undefined],
    )
  })

  it('are refused with what is wrong', () => {
    const refused: [unknown, RegExp][] = [
      [undefined, /no object/],
      [{ swagger: '2.0', paths: {} }, /`2.0`/],
      [{ openapi: '3.1.0' }, /no `paths`/],
      [{ openapi: '3.1.0', paths: {} }, /no operation/],
      [{ openapi: '3.1.0', paths: { '/x': { $ref: '#/nowhere' } } }, /leads nowhere/],
      [{ openapi: '3.1.0', paths: { '/x': { $ref: 'other.yaml#/x' } } }, /another document/],
      [{ openapi: '3.1.0', paths: { '/x': { get: { parameters: [{}] } } } }, /parameter has no name/],
    ]
    for (const [document, message] of refused)
      assert.throws(() => readOperations(new OpenapiDocument(document)), { code: 'ATTACK_OPENAPI', message })
  })
})

describe('a schema', () => {
  const document = new OpenapiDocument({
    openapi: '3.1.0',
    paths: {},
    components: {
      schemas: {
        Base: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
        Loop: { $ref: '#/components/schemas/Loop' },
      },
    },
  })
  const flat = (schema: object, branch = 0) => flattenSchema(document, schema as Schema, branch)

  it('is merged from all of `allOf`', () => {
    const schema = flat({
      allOf: [
        { $ref: '#/components/schemas/Base' },
        { required: ['note'], properties: { note: { type: 'string' } } },
      ],
    })
    assert.deepEqual(Object.keys(schema.properties ?? {}).sort(), ['name', 'note'])
    assert.deepEqual([...(schema.required ?? [])].sort(), ['name', 'note'])
  })

  it('is one of `oneOf`, as the branch says, and never `null`', () => {
    const choice = { oneOf: [{ type: 'null' }, { type: 'string' }, { type: 'integer' }] }
    assert.deepEqual([flat(choice).type, flat(choice, 1).type], ['string', 'integer'])
  })

  it('that refers to itself without end is refused', () => {
    assert.throws(() => flat({ $ref: '#/components/schemas/Loop' }), {
      code: 'ATTACK_OPENAPI',
      message: /itself/,
    })
  })
})
