import 'reflect-metadata'
import { Pool } from 'tenantry/pg'
import { DataSource } from 'typeorm'
import type { Library } from '../library.ts'
import { authorEntity, bookEntity, toBook } from './entities.ts'

export function createLibrary(): Library {
  const source = new DataSource({
    type: 'postgres',
    driver: { Pool },
    entities: [authorEntity, bookEntity],
    installExtensions: false,
  })
  let connecting: Promise<DataSource> | undefined
  // It asks the database who it is as it connects, so the first request does that, not the start of the service.
  const connected = () => {
    connecting ??= source.initialize().catch((error: unknown) => {
      connecting = undefined
      throw error
    })
    return connecting
  }
  const authors = async () => (await connected()).getRepository(authorEntity)
  const books = async () => (await connected()).getRepository(bookEntity)
  const withAuthor = ({ authorId, ...book }: { authorId: string; isbn: string; title: string }) => ({
    ...book,
    author: { id: authorId },
  })
  return {
    addAuthor: async (name) => (await authors()).save({ name }),
    addBook: async (book) => toBook(await (await books()).save(withAuthor(book))),
    async findBook(id) {
      const book = await (await books()).findOneBy({ id })
      return book ? toBook(book) : undefined
    },
    async putBook(book) {
      const repository = await books()
      await repository.upsert(withAuthor(book), ['isbn'])
      return toBook(await repository.findOneByOrFail({ isbn: book.isbn }))
    },
    async loadAuthor(id) {
      const author = await (await authors()).findOne({
        where: { id },
        relations: { books: true },
        order: { books: { title: 'ASC' } },
      })
      return author ? { ...author, books: author.books.map(toBook) } : undefined
    },
    async listBooks({ size, number }) {
      const page = await (await books()).find({
        relations: { author: true },
        order: { title: 'ASC' },
        take: size,
        skip: size * number,
      })
      return page.map(({ title, author }) => ({ title, author: author.name }))
    },
    publish: async (name, newBooks) =>
      (await connected()).transaction(async (transaction) => {
        const author = await transaction.getRepository(authorEntity).save({ name })
        const books = newBooks.map((book) => ({ ...book, author: { id: author.id } }))
        await transaction.getRepository(bookEntity).save(books)
        return author
      }),
    async close() {
      if (source.isInitialized) await source.destroy()
    },
  }
}
