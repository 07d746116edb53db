import knex from 'knex'
import { Pool } from 'tenantry/pg'
import type { Author, Book, Library } from '../library.ts'

const book = ['id', 'isbn', 'title', 'author_id as authorId']

export function createLibrary(): Library {
  const pool = new Pool()
  // The version is given, or Knex would ask for it in the first request.
  const db = knex({ client: 'pg', version: '18.0', connectionPool: pool })
  return {
    async addAuthor(name) {
      const [author] = await db<Author>('authors').insert({ name }).returning('*')
      return author as Author
    },
    async addBook({ isbn, title, authorId }) {
      const [added] = await db('books').insert({ isbn, title, author_id: authorId }).returning(book)
      return added
    },
    findBook: (id) => db('books').first<Book | undefined>(book).where({ id }),
    async putBook({ isbn, title, authorId }) {
      const [put] = await db('books')
        .insert({ isbn, title, author_id: authorId })
        .onConflict('isbn')
        .merge(['title', 'author_id'])
        .returning(book)
      return put
    },
    async loadAuthor(id) {
      const author = await db<Author>('authors').first('*').where({ id })
      const books = await db('books').select<Book[]>(book).where({ author_id: id }).orderBy('title')
      return author && { ...author, books }
    },
    listBooks: ({ size, number }) =>
      db('books')
        .join('authors', 'authors.id', 'books.author_id')
        .select<{ title: string; author: string }[]>('books.title', 'authors.name as author')
        .orderBy('books.title')
        .limit(size)
        .offset(size * number),
    publish: (name, books) =>
      db.transaction(async (transaction) => {
        const [author] = await transaction<Author>('authors').insert({ name }).returning('*')
        await transaction('books').insert(
          books.map(({ isbn, title }) => ({ isbn, title, author_id: author?.id })),
        )
        return author as Author
      }),
    async close() {
      await db.destroy()
      await pool.end()
    },
  }
}
