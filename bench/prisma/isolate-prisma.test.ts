import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { PrismaPg } from '@prisma/adapter-pg'
import { isolatePrisma } from 'tenantry/prisma'
import { revokeTenant } from '../../packages/isolation/src/index.ts'
import {
  asTenant,
  createIsolatedDatabase,
  type IsolatedDatabase,
} from '../../packages/isolation/test/isolated-database.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { createRandom } from '../isolation/random.ts'

const migrations = [
  {
    name: '001_library.sql',
    sql: `create table authors (id int primary key, name text not null unique);
      create table books (
        id int primary key, shelf text not null, place int not null, title text not null,
        author int not null references authors, unique (shelf, place));`,
  },
]
const tenants = ['a', 'b'] as const
const authorsOfEach = 5
const pairs = 1_500
const seed = Number(process.env.TENANTRY_TEST_SEED ?? Date.now() % 2 ** 31)

type Client = InstanceType<typeof PrismaClient>
type Answer = readonly ({ name: string } | { title: string } | null)[]

/** Ways of asking that Prisma may collect with others': what each answers must be the asking tenant's own. */
const ways: Record<string, (prisma: Client, id: number) => Promise<Answer>> = {
  findUnique: async (prisma, id) => [await prisma.author.findUnique({ where: { id } })],
  findUniqueOrThrow: async (prisma, id) => [await prisma.author.findUniqueOrThrow({ where: { id } })],
  'compound unique': async (prisma, id) => [
    await prisma.book.findUnique({ where: { shelf_place: { shelf: 'first', place: id } } }),
  ],
  'fluent to many': async (prisma, id) => (await prisma.author.findUnique({ where: { id } }).books()) ?? [],
  'fluent to one': async (prisma, id) => [await prisma.book.findUnique({ where: { id } }).author()],
  'nested include': async (prisma, id) => {
    const author = await prisma.author.findUnique({ where: { id }, include: { books: true } })
    return [author, ...(author?.books ?? [])]
  },
  findFirst: async (prisma, id) => [await prisma.author.findFirst({ where: { id } })],
  'several at once': (prisma, id) =>
    Promise.all([1, id].map((one) => prisma.author.findUnique({ where: { id: one } }))),
  'array transaction': (prisma, id) =>
    prisma.$transaction([
      prisma.author.findUnique({ where: { id } }),
      prisma.author.findFirst({ where: { id } }),
    ]),
  'interactive transaction': (prisma, id) =>
    prisma.$transaction(async (transaction) => [
      await transaction.author.findUnique({ where: { id } }),
      ...(await Promise.all([1, id].map((one) => transaction.book.findUnique({ where: { id: one } })))),
    ]),
}

describe('Prisma over the leased pool', () => {
  let database: IsolatedDatabase
  const clients: Client[] = []
  const open = () => {
    const adapter = new PrismaPg(database.pool({ max: 8 }), { schema: 'shop' })
    const client = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] })
    clients.push(client)
    return client
  }
  before(async () => {
    database = await createIsolatedDatabase(migrations)
    const prisma = isolatePrisma(open())
    for (const tenant of [...tenants, 'revoked']) {
      await asTenant(tenant, async () => {
        for (let id = 1; id <= authorsOfEach; id++) {
          await prisma.author.create({ data: { id, name: `author ${id} of ${tenant}` } })
          const book = { id, shelf: 'first', place: id, title: `book ${id} of ${tenant}`, authorId: id }
          await prisma.book.create({ data: book })
        }
      })
    }
  })
  after(async () => {
    for (const client of clients) await client.$disconnect()
    await database.remove()
  })

  /** Asks as both tenants in one tick; answers how many answers were not the asker's own, and what rejected. */
  async function askInOneTick(
    prisma: Client,
    [first, second]: readonly [string, string],
    random: (max: number) => number,
  ): Promise<number> {
    const ask = (tenant: string, way: string) =>
      asTenant(tenant, async () => {
        const answer = await ways[way]?.(prisma, random(authorsOfEach))
        assert.ok(answer && answer.length > 0)
        const own = answer.every(
          (row) => row !== null && Object.values(row).some((value) => isOf(value, tenant)),
        )
        return own ? 0 : 1
      })
    const foreign = await Promise.all([ask(tenants[0], first), ask(tenants[1], second)])
    return foreign[0] + foreign[1]
  }
  const isOf = (value: unknown, tenant: string) =>
    typeof value === 'string' && value.endsWith(` of ${tenant}`)

  for (const way of ['findUnique', 'array transaction']) {
    it(`mixes requests up without \`isolatePrisma\`: ${way}`, async () => {
      const prisma = open()
      const random = createRandom(seed)
      let foreign = 0
      for (let pair = 0; pair < 100; pair++) foreign += await askInOneTick(prisma, [way, way], random)
      assert.ok(foreign > 0, 'Prisma changed: see whether `isolatePrisma` is still needed')
    })
  }

  it(`answers each of ${pairs} pairs of one tick with its own tenant's rows, in every way (seed ${seed})`, async () => {
    const prisma = isolatePrisma(open())
    const random = createRandom(seed)
    const names = Object.keys(ways)
    const pick = () => names[random(names.length) - 1] ?? 'findUnique'
    let foreign = 0
    for (let pair = 0; pair < pairs; pair++) {
      // The same way on both sides is what Prisma would merge; different ways share its tick.
      const way = pick()
      foreign += await askInOneTick(prisma, [way, pair % 2 === 0 ? way : pick()], random)
    }
    assert.equal(foreign, 0)
  })

  it('runs statements of two interactive transactions that fall in one tick, each in its own scope', async () => {
    const prisma = isolatePrisma(open())
    for (let round = 0; round < 50; round++) {
      let began = 0
      const { promise: bothBegan, resolve } = Promise.withResolvers<void>()
      const read = (tenant: string) =>
        asTenant(tenant, () =>
          prisma.$transaction(async (transaction) => {
            if (++began === 2) resolve()
            await bothBegan
            const author = await transaction.author.findFirst({ where: { id: 1 } })
            assert.equal(author?.name, `author 1 of ${tenant}`)
          }),
        )
      await Promise.all(tenants.map(read))
    }
  })

  it('refuses a transaction that is used in another scope, also in the tick of its own', async () => {
    const prisma = isolatePrisma(open())
    await asTenant('a', () =>
      prisma.$transaction(async (transaction) => {
        const read = () => transaction.author.findUnique({ where: { id: 1 } })
        const [own, foreign] = await Promise.allSettled([read(), asTenant('b', async () => read())])
        assert.equal(own.status === 'fulfilled' && own.value?.name, 'author 1 of a')
        assert.equal(foreign.status, 'rejected')
        assert.equal(foreign.status === 'rejected' && foreign.reason.code, 'LEASE_OTHER_SCOPE')
      }),
    )
  })

  it('still reads what one request asks for in one tick with one statement', async () => {
    const prisma = isolatePrisma(open())
    let statements = 0
    prisma.$on('query' as never, () => statements++)
    const read = (id: number) => prisma.author.findUnique({ where: { id } })
    const authors = await asTenant('a', () => Promise.all([1, 2, 3].map(read)))
    assert.deepEqual(
      authors.map((author) => author?.id),
      [1, 2, 3],
    )
    assert.equal(statements, 1)
  })

  it('holds clients that `$extends` made, before and after', async () => {
    const plain = open()
    const before = plain.$extends({ name: 'before' })
    isolatePrisma(plain)
    assert.equal(isolatePrisma(plain), plain)
    for (const client of [before, plain.$extends({ name: 'after' })]) {
      const read = (tenant: string) =>
        asTenant(tenant, async () => client.author.findUnique({ where: { id: 2 } }))
      const names = (await Promise.all(tenants.map(read))).map((author) => author?.name)
      assert.deepEqual(names, ['author 2 of a', 'author 2 of b'])
    }
  })

  it('rejects with CONTEXT_MISSING outside a scope', async () => {
    const prisma = isolatePrisma(open())
    const error = { name: 'TenantryError', code: 'CONTEXT_MISSING' }
    const attempts: typeof ways = {
      ...ways,
      raw: async () => [await prisma.$queryRaw<{ name: string }>`select 1`],
      write: async () => [await prisma.author.update({ where: { id: 1 }, data: { name: 'x' } })],
    }
    for (const attempt of Object.values(attempts)) await assert.rejects(attempt(prisma, 1), error)
  })

  it("passes the pool's errors on with their status", async () => {
    const prisma = isolatePrisma(open())
    await revokeTenant(database.admin, 'revoked')
    const error = { name: 'TenantryError', code: 'TENANT_SUSPENDED', status: 403 }
    for (const way of ['findUnique', 'array transaction', 'interactive transaction']) {
      await assert.rejects(
        asTenant('revoked', async () => ways[way]?.(prisma, 1)),
        error,
        way,
      )
    }
  })

  it("keeps Prisma's own errors", async () => {
    const prisma = isolatePrisma(open())
    await asTenant('a', async () => {
      await assert.rejects(prisma.author.findUniqueOrThrow({ where: { id: 99 } }), { code: 'P2025' })
      await assert.rejects(prisma.author.create({ data: { id: 1, name: 'again' } }), { code: 'P2002' })
    })
  })
})
