import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'tenantry/pg'
import { isolatePrisma } from 'tenantry/prisma'
import type { Library } from '../library.ts'
import { PrismaClient } from './generated/client.ts'

export function createLibrary(): Library {
  const adapter = new PrismaPg(new Pool(), { schema: 'library', disposeExternalPool: true })
  const prisma = isolatePrisma(new PrismaClient({ adapter }))
  return {
    addAuthor: (name) => prisma.author.create({ data: { name } }),
    addBook: (data) => prisma.book.create({ data }),
    findBook: async (id) => (await prisma.book.findUnique({ where: { id } })) ?? undefined,
    putBook: ({ isbn, ...rest }) =>
      prisma.book.upsert({ where: { isbn }, create: { isbn, ...rest }, update: rest }),
    loadAuthor: async (id) =>
      (await prisma.author.findUnique({
        where: { id },
        include: { books: { orderBy: { title: 'asc' } } },
      })) ?? undefined,
    async listBooks({ size, number }) {
      const page = await prisma.book.findMany({
        include: { author: true },
        orderBy: { title: 'asc' },
        take: size,
        skip: size * number,
      })
      return page.map(({ title, author }) => ({ title, author: author.name }))
    },
    async publish(name, books) {
      const id = randomUUID()
      const [author] = await prisma.$transaction([
        prisma.author.create({ data: { id, name } }),
        prisma.book.createMany({ data: books.map((book) => ({ ...book, authorId: id })) }),
      ])
      return author
    },
    close: () => prisma.$disconnect(),
  }
}
