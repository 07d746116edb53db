import { EntitySchema } from 'typeorm'
import type { Author, Book } from '../library.ts'

interface AuthorRow extends Author {
  books: BookRow[]
}

interface BookRow extends Book {
  author: AuthorRow
}

export const authorEntity = new EntitySchema<AuthorRow>({
  name: 'Author',
  tableName: 'authors',
  columns: { id: { type: 'uuid', primary: true, generated: 'uuid' }, name: { type: 'text' } },
  relations: { books: { type: 'one-to-many', target: 'Book', inverseSide: 'author' } },
})

export const bookEntity = new EntitySchema<BookRow>({
  name: 'Book',
  tableName: 'books',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid' },
    isbn: { type: 'text', unique: true },
    title: { type: 'text' },
    authorId: { type: 'uuid', name: 'author_id' },
  },
  relations: {
    author: {
      type: 'many-to-one',
      target: 'Author',
      inverseSide: 'books',
      joinColumn: { name: 'author_id' },
    },
  },
})

export function toBook({
  id,
  isbn,
  title,
  authorId,
  author,
}: Omit<Book, 'authorId'> & Partial<BookRow>): Book {
  return { id, isbn, title, authorId: authorId ?? author?.id ?? '' }
}
