import { type Generated, Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'tenantry/pg'
import type { Library } from '../library.ts'

interface Tables {
  authors: { id: Generated<string>; name: string }
  books: { id: Generated<string>; isbn: string; title: string; author_id: string }
}

const book = ['id', 'isbn', 'title', 'author_id as authorId'] as const

export function createLibrary(): Library {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new Pool() }) })
  return {
    addAuthor: (name) => db.insertInto('authors').values({ name }).returningAll().executeTakeFirstOrThrow(),
    addBook: ({ isbn, title, authorId }) =>
      db
        .insertInto('books')
        .values({ isbn, title, author_id: authorId })
        .returning(book)
        .executeTakeFirstOrThrow(),
    findBook: (id) => db.selectFrom('books').select(book).where('id', '=', id).executeTakeFirst(),
    putBook: ({ isbn, title, authorId }) =>
      db
        .insertInto('books')
        .values({ isbn, title, author_id: authorId })
        .onConflict((conflict) => conflict.column('isbn').doUpdateSet({ title, author_id: authorId }))
        .returning(book)
        .executeTakeFirstOrThrow(),
    async loadAuthor(id) {
      const author = await db.selectFrom('authors').selectAll().where('id', '=', id).executeTakeFirst()
      const books = await db
        .selectFrom('books')
        .select(book)
        .where('author_id', '=', id)
        .orderBy('title')
        .execute()
      return author && { ...author, books }
    },
    listBooks: ({ size, number }) =>
      db
        .selectFrom('books')
        .innerJoin('authors', 'authors.id', 'books.author_id')
        .select(['books.title', 'authors.name as author'])
        .orderBy('books.title')
        .limit(size)
        .offset(size * number)
        .execute(),
    publish: (name, books) =>
      db.transaction().execute(async (transaction) => {
        const author = await transaction
          .insertInto('authors')
          .values({ name })
          .returningAll()
          .executeTakeFirstOrThrow()
        const rows = books.map(({ isbn, title }) => ({ isbn, title, author_id: author.id }))
        await transaction.insertInto('books').values(rows).execute()
        return author
      }),
    close: () => db.destroy(),
  }
}
