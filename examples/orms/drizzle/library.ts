import { asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Pool } from 'tenantry/pg'
import type { Library } from '../library.ts'
import * as schema from './tables.ts'
import { authors, books } from './tables.ts'

export function createLibrary(): Library {
  const pool = new Pool()
  const db = drizzle({ client: pool, schema })
  return {
    addAuthor: async (name) => first(await db.insert(authors).values({ name }).returning()),
    addBook: async (book) => first(await db.insert(books).values(book).returning()),
    findBook: async (id) => (await db.select().from(books).where(eq(books.id, id)))[0],
    async putBook({ isbn, title, authorId }) {
      const set = { title, authorId }
      const insert = db.insert(books).values({ isbn, ...set })
      return first(await insert.onConflictDoUpdate({ target: books.isbn, set }).returning())
    },
    loadAuthor: (id) =>
      db.query.authors.findFirst({
        where: eq(authors.id, id),
        with: { books: { orderBy: asc(books.title) } },
      }),
    listBooks: ({ size, number }) =>
      db
        .select({ title: books.title, author: authors.name })
        .from(books)
        .innerJoin(authors, eq(authors.id, books.authorId))
        .orderBy(books.title)
        .limit(size)
        .offset(size * number),
    publish: (name, newBooks) =>
      db.transaction(async (transaction) => {
        const author = first(await transaction.insert(authors).values({ name }).returning())
        await transaction.insert(books).values(newBooks.map((book) => ({ ...book, authorId: author.id })))
        return author
      }),
    close: () => pool.end(),
  }
}

function first<Row>([row]: Row[]): Row {
  if (row === undefined) throw new Error('no row came back')
  return row
}
