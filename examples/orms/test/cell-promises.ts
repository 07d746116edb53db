import assert from 'node:assert/strict'
import type { ServedCell } from './served-cell.ts'

const requestsAtOnce = 12
/** Fewer than there are requests at once: each statement finds one that the other tenant's has just left. */
export const connections = 2

/** What holds in every cell: ordinary single-tenant handlers, two tenants, a pool of two connections. */
export const cellPromises: Record<string, (cell: ServedCell) => Promise<void>> = {
  async 'a request without a token is 401, and nothing of it is done'({ call, tenants }) {
    const publisher = { name: 'nobody', books: [{ isbn: 'nobody', title: 'of nobody' }] }
    assert.equal((await call(undefined, 'POST', '/publishers', publisher)).status, 401)
    assert.equal((await call(undefined, 'GET', '/books?number=0')).status, 401)
    for (const tenant of tenants) assert.deepEqual(await titles({ call }, tenant), [])
  },

  async 'each of two interleaved tenants writes, changes and reads its own rows, under the same keys'(cell) {
    await asEach(cell, async (tenant) => {
      const author = await addAuthor(cell, tenant)
      for (const title of ['first', 'second']) {
        const book = { isbn: 'shared', title: `${title} of ${tenant}`, authorId: author.id }
        const put = await cell.call(tenant, 'PUT', '/books', book)
        assert.deepEqual([put.status, put.body.title], [200, book.title])
      }
      const { body } = await cell.call(tenant, 'GET', `/authors/${author.id}`)
      assert.deepEqual(
        body.books.map(({ title }: { title: string }) => title),
        [`second of ${tenant}`],
      )
      assert.deepEqual(await titles(cell, tenant), [`second of ${tenant}`])
    })
  },

  async 'another tenant’s rows are not found, and none refers to them'(cell) {
    const [mine, others] = await asEach(cell, (tenant) => addBook(cell, tenant, 'crossed'))
    const [tenant] = cell.tenants
    assert.equal((await cell.call(tenant, 'GET', `/books/${mine.id}`)).status, 200)
    assert.equal((await cell.call(tenant, 'GET', `/books/${others.id}`)).status, 404)
    assert.equal((await cell.call(tenant, 'GET', `/authors/${others.authorId}`)).status, 404)
    const stolen = { isbn: 'stolen', title: 'stolen', authorId: others.authorId }
    assert.equal((await cell.call(tenant, 'POST', '/books', stolen)).status, 500)
    assert.ok(!(await titles(cell, tenant)).includes('stolen'))
  },

  async 'finders of both tenants that run in one tick find each its own'(cell) {
    const books = await asEach(cell, (tenant) => addBook(cell, tenant, 'ticked'))
    const asked = Array.from({ length: requestsAtOnce }, (_, at) => at)
    cell.holdFinders(asked.length)
    const answers = await Promise.all(
      // Every tenant asks for its own book and for the other's.
      asked.map((at) => cell.call(cell.tenants[at % 2], 'GET', `/books/${books[(at >> 1) % 2]?.id}`)),
    )
    for (const [at, { status, body }] of answers.entries()) {
      const own = at % 2 === (at >> 1) % 2
      assert.equal(status, own ? 200 : 404)
      if (own) assert.deepEqual(body, books[at % 2])
    }
  },

  async 'a transaction that fails leaves nothing, and the next tenant on its connection sees its own'(cell) {
    const [failing, next] = cell.tenants
    const before = await asEach(cell, (tenant) => titles(cell, tenant))
    const books = ['kept', 'kept'].map((isbn) => ({ isbn, title: `${isbn} of ${failing}` }))
    // More than there are connections, so that every one has failed.
    const failed = await Promise.all(
      Array.from({ length: connections * 2 }, () =>
        cell.call(failing, 'POST', '/publishers', { name: 'p', books }),
      ),
    )
    for (const { status, body } of failed) {
      assert.deepEqual([status, body.code], [500, 'INTERNAL'])
      assert.doesNotMatch(JSON.stringify(body), /kept|duplicate|books/)
    }
    const publisher = { name: 'p', books: [{ isbn: 'kept', title: `kept of ${next}` }] }
    assert.equal((await cell.call(next, 'POST', '/publishers', publisher)).status, 201)
    const seen = await Promise.all(Array.from({ length: connections * 2 }, () => titles(cell, next)))
    for (const titles of seen) assert.deepEqual(titles, [...(before[1] ?? []), `kept of ${next}`].sort())
    assert.deepEqual(await titles(cell, failing), before[0])
  },

  async 'of mixed requests at once, no answer holds a word of the other tenant'(cell) {
    const authors = await asEach(cell, (tenant) => addAuthor(cell, tenant))
    const requests = Array.from({ length: requestsAtOnce }, (_, at) => {
      const tenant = cell.tenants[at % 2] as string
      const { id: authorId } = authors[at % 2] ?? {}
      const book = { isbn: `mixed ${at >> 1}`, title: `mixed ${at >> 1} of ${tenant}`, authorId }
      return [
        () => cell.call(tenant, 'POST', '/books', book),
        () => cell.call(tenant, 'GET', '/books?number=0'),
        () => cell.call(tenant, 'GET', `/authors/${authorId}`),
        () =>
          cell.call(tenant, 'POST', '/publishers', {
            name: `p of ${tenant}`,
            books: [{ ...book, isbn: `p ${at}` }],
          }),
      ].map(async (send) => [tenant, await send()] as const)
    }).flat()
    for (const [tenant, { status, body }] of await Promise.all(requests)) {
      assert.ok(status === 200 || status === 201, `${status} ${JSON.stringify(body)}`)
      for (const other of cell.tenants) {
        if (other !== tenant) assert.ok(!JSON.stringify(body).includes(other))
      }
    }
  },
}

function asEach<T>({ tenants }: ServedCell, work: (tenant: string) => Promise<T>): Promise<[T, T]> {
  return Promise.all([work(tenants[0]), work(tenants[1])])
}

async function addAuthor({ call }: ServedCell, tenant: string): Promise<{ id: string }> {
  const { status, body } = await call(tenant, 'POST', '/authors', { name: `author of ${tenant}` })
  assert.deepEqual([status, body.name], [201, `author of ${tenant}`])
  return body
}

async function addBook(
  cell: ServedCell,
  tenant: string,
  isbn: string,
): Promise<{ id: string; authorId: string }> {
  const { id: authorId } = await addAuthor(cell, tenant)
  const book = { isbn, title: `${isbn} of ${tenant}`, authorId }
  const { status, body } = await cell.call(tenant, 'POST', '/books', book)
  assert.deepEqual({ status, body }, { status: 201, body: { id: body.id, ...book } })
  return body
}

async function titles({ call }: Pick<ServedCell, 'call'>, tenant: string): Promise<string[]> {
  const { status, body } = await call(tenant, 'GET', '/books?number=0')
  assert.equal(status, 200)
  return body.map(({ title }: { title: string }) => title)
}
