import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isTenantryError } from 'tenantry'
import {
  createServiceDatabase,
  type ServiceDatabase,
} from '../../../packages/tenantry/test/service-database.ts'
import { TestPlatform } from '../../../packages/tenantry/test/test-platform.ts'
import type { Author, Library } from '../library.ts'
import { readMigrations } from './read-migrations.ts'

const tenants = ['tenant-a', 'tenant-b'] as const
const connections = 2
const rounds = 40

interface LibraryTraits {
  /** Where its migrations are, if its own tool wrote them. */
  readonly migrations?: string
  /** True where an error of the pool arrives as the cause of another. */
  readonly wrapsErrors?: boolean
}

/** What holds for ordinary single-tenant code over any data layer, with two tenants on a pool of two connections. */
export function testLibrary(
  name: string,
  createLibrary: () => Library,
  { migrations = 'migrations', wrapsErrors = false }: LibraryTraits = {},
): void {
  describe(`${name} over the leased pool`, () => {
    let database: ServiceDatabase
    let platform: TestPlatform
    let library: Library
    const authors = {} as Record<string, Author>
    const as = <T>(tenant: string, work: () => Promise<T>): Promise<T> =>
      platform.scope(tenant).run(async () => await work())
    const authorId = (tenant: string) => authors[tenant]?.id ?? ''
    /** Runs `work` for both tenants in one tick. */
    const asEach = <T>(work: (tenant: string) => Promise<T>): Promise<T[]> =>
      Promise.all(tenants.map((tenant) => as(tenant, () => work(tenant))))

    before(async () => {
      database = await createServiceDatabase(
        'library',
        readMigrations(join(import.meta.dirname, '..', migrations)),
      )
      platform = await TestPlatform.start({ ...database.address, connections })
      await database.install(platform.master)
      platform.becomeDeployment({ service: 'library', services: ['library'], calls: [], subscribes: [] })
      library = createLibrary()
      await rejectsWithoutContext(library, wrapsErrors)
      await asEach(async (tenant) => {
        authors[tenant] = await library.addAuthor(`author of ${tenant}`)
      })
    })
    after(async () => {
      await library.close()
      platform.stop()
      await database.remove()
    })

    it('fails outside a scope with the named error, before and after it has connected', async () => {
      await rejectsWithoutContext(library, wrapsErrors)
    })

    it('gives each of two tenants its own rows, under one unique ISBN, in one tick', async () => {
      const books = await asEach((tenant) =>
        library.addBook({ isbn: 'shared', title: `a book of ${tenant}`, authorId: authorId(tenant) }),
      )
      const [first, second] = books.map(({ id }) => id) as [string, string]
      await inManyRounds(async () => {
        const found = await asEach((tenant) => library.findBook(tenant === tenants[0] ? first : second))
        assert.deepEqual(found, books)
        const crossed = await asEach((tenant) => library.findBook(tenant === tenants[0] ? second : first))
        assert.deepEqual(crossed, [undefined, undefined])
      })
    })

    it('refuses an ISBN twice for one tenant, and a book of another tenant’s author', async () => {
      const add = (authorId: string, isbn: string) =>
        as(tenants[0], () => library.addBook({ isbn, title: 't', authorId }))
      await add(authorId(tenants[0]), 'once')
      await assert.rejects(add(authorId(tenants[0]), 'once'))
      await assert.rejects(add(authorId(tenants[1]), 'stolen'))
    })

    it('puts a book that is there already, each tenant its own', async () => {
      const put = (title: string) =>
        asEach((tenant) =>
          library.putBook({ isbn: 'put', title: `${title} of ${tenant}`, authorId: authorId(tenant) }),
        )
      const added = await put('first')
      const changed = await put('second')
      assert.deepEqual(
        changed,
        added.map((book, at) => ({ ...book, title: `second of ${tenants[at]}` })),
      )
    })

    it('loads relations of its own rows, and none of a foreign author', async () => {
      await inManyRounds(() =>
        asEach(async (tenant) => {
          const author = await library.loadAuthor(authorId(tenant))
          assert.ok(author && author.books.length > 0)
          assert.equal(author.name, `author of ${tenant}`)
          assert.ok(author.books.every((book) => book.authorId === author.id))
        }),
      )
      const crossed = await asEach((tenant) =>
        library.loadAuthor(authorId(tenants.find((other) => other !== tenant) ?? '')),
      )
      assert.deepEqual(crossed, [undefined, undefined])
    })

    it('commits a transaction whole, or not at all, beside another tenant’s', async () => {
      await inManyRounds(async (round) => {
        const books = (tenant: string) => [
          { isbn: `new ${round}`, title: `new ${round} of ${tenant}` },
          // The second tenant's transaction fails at its second book.
          { isbn: tenant === tenants[0] ? `new too ${round}` : `new ${round}`, title: 'z' },
        ]
        const [kept, failed] = await Promise.allSettled(
          tenants.map((tenant) => as(tenant, () => library.publish(`publisher ${round}`, books(tenant)))),
        )
        assert.equal(failed?.status, 'rejected')
        assert.ok(kept?.status === 'fulfilled')
        const author = await as(tenants[0], () => library.loadAuthor(kept.value.id))
        assert.deepEqual(
          author?.books.map(({ title }) => title),
          [`new ${round} of ${tenants[0]}`, 'z'],
        )
      })
      const left = await as(tenants[1], () => library.listBooks({ size: 100, number: 0 }))
      assert.deepEqual(
        left.filter(({ title }) => title.startsWith('new') || title === 'z'),
        [],
      )
    })

    it('pages through a join of its own rows alone', async () => {
      await asEach(async (tenant) => {
        const all = await library.listBooks({ size: 100, number: 0 })
        const pages: typeof all = []
        for (let number = 0; number * 3 < all.length; number++) {
          pages.push(...(await library.listBooks({ size: 3, number })))
        }
        assert.deepEqual(pages.map(({ title }) => title).sort(), all.map(({ title }) => title).sort())
        const foreign = tenants.filter((other) => other !== tenant)
        assert.ok(
          all.length > 0 &&
            !all.some(({ title, author }) => foreign.some((other) => `${title} ${author}`.includes(other))),
        )
      })
    })
  })
}

/** More at once than there are connections. */
async function inManyRounds(work: (round: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: rounds }, (_, round) => work(round)))
}

async function rejectsWithoutContext(library: Library, wrapsErrors: boolean): Promise<void> {
  const id = '00000000-0000-4000-8000-000000000000'
  const book = { isbn: 'i', title: 't', authorId: id }
  const attempts = [
    () => library.addAuthor('n'),
    () => library.addBook(book),
    () => library.findBook(id),
    () => library.putBook(book),
    () => library.loadAuthor(id),
    () => library.listBooks({ size: 1, number: 0 }),
    () => library.publish('n', [book]),
  ]
  for (const attempt of attempts) {
    await assert.rejects(attempt, (error: Error) => {
      const named = wrapsErrors && error.name !== 'TenantryError' ? error.cause : error
      return isTenantryError(named) && named.code === 'CONTEXT_MISSING'
    })
  }
}
