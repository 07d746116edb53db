import { Pool } from 'tenantry/pg'
import type { Library } from '../library.ts'

const book = 'id, isbn, title, author_id as "authorId"'
const insertBook = 'insert into books (isbn, title, author_id) values ($1, $2, $3)'

export function createLibrary(): Library {
  const pool = new Pool()
  return {
    async addAuthor(name) {
      const { rows } = await pool.query('insert into authors (name) values ($1) returning *', [name])
      return rows[0]
    },
    async addBook({ isbn, title, authorId }) {
      const { rows } = await pool.query(`${insertBook} returning ${book}`, [isbn, title, authorId])
      return rows[0]
    },
    async findBook(id) {
      const { rows } = await pool.query(`select ${book} from books where id = $1`, [id])
      return rows[0]
    },
    async putBook({ isbn, title, authorId }) {
      const { rows } = await pool.query(
        `${insertBook} on conflict (isbn) do update set title = excluded.title, author_id = excluded.author_id
         returning ${book}`,
        [isbn, title, authorId],
      )
      return rows[0]
    },
    async loadAuthor(id) {
      const { rows: authors } = await pool.query('select * from authors where id = $1', [id])
      const { rows: books } = await pool.query(
        `select ${book} from books where author_id = $1 order by title`,
        [id],
      )
      return authors[0] && { ...authors[0], books }
    },
    async listBooks({ size, number }) {
      const { rows } = await pool.query(
        `select title, name as author from books join authors on authors.id = author_id
         order by title limit $1 offset $2`,
        [size, size * number],
      )
      return rows
    },
    publish: (name, books) =>
      pool.transaction(async (client) => {
        const { rows } = await client.query('insert into authors (name) values ($1) returning *', [name])
        for (const { isbn, title } of books) await client.query(insertBook, [isbn, title, rows[0].id])
        return rows[0]
      }),
    close: () => pool.end(),
  }
}
