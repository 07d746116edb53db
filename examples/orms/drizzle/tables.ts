import { relations } from 'drizzle-orm'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'

export const authors = pgTable('authors', {
  id: uuid().primaryKey().defaultRandom(),
  name: text().notNull(),
})

export const books = pgTable('books', {
  id: uuid().primaryKey().defaultRandom(),
  isbn: text().notNull().unique(),
  title: text().notNull(),
  authorId: uuid('author_id')
    .notNull()
    .references(() => authors.id),
})

export const authorRelations = relations(authors, ({ many }) => ({ books: many(books) }))

export const bookRelations = relations(books, ({ one }) => ({
  author: one(authors, { fields: [books.authorId], references: [authors.id] }),
}))
