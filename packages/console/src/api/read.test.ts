import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from './api-error.ts'
import { list, missing, names, nullable, number, object, text, word } from './read.ts'

const tenant = object({
  id: text,
  status: word('active', 'suspended'),
  weight: missing(number, 1),
  silo: nullable(text),
  placement: names(word('pool', 'silo')),
  tags: missing(list(text), []),
})
const given = { id: 'tenant-a', status: 'active', silo: null, placement: { order: 'pool' } }

const isUnexpected = (path: string) => (error: unknown) =>
  error instanceof ApiError && error.code === 'ANSWER_UNEXPECTED' && error.message.includes(`\`${path}\``)

describe('what comes over the wire', () => {
  it('is read as what it should be; what is missing and may be is filled in, what is not known is let be', () => {
    assert.deepEqual(tenant({ ...given, later: true }, 'tenant'), { ...given, weight: 1, tags: [] })
  })

  it('is refused by the path of what is something else', () => {
    for (const [changes, path] of [
      [{ id: 1 }, 'tenant.id'],
      [{ id: undefined }, 'tenant.id'],
      [{ status: 'gone' }, 'tenant.status'],
      [{ weight: Number.NaN }, 'tenant.weight'],
      [{ weight: '1' }, 'tenant.weight'],
      [{ placement: [] }, 'tenant.placement'],
      [{ placement: { order: 'moon' } }, 'tenant.placement.order'],
      [{ tags: ['a', null] }, 'tenant.tags[1]'],
    ] as const) {
      assert.throws(() => tenant({ ...given, ...changes }, 'tenant'), isUnexpected(path))
    }
    for (const value of [null, undefined, 'text', []])
      assert.throws(() => tenant(value, 'tenant'), isUnexpected('tenant'))
  })
})
