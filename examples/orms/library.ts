export interface Author {
  id: string
  name: string
}

export interface Book {
  id: string
  isbn: string
  title: string
  authorId: string
}

export type NewBook = Omit<Book, 'id'>

/** What every data layer does here, each in its own way. */
export interface Library {
  addAuthor(name: string): Promise<Author>
  addBook(book: NewBook): Promise<Book>
  findBook(id: string): Promise<Book | undefined>
  /** Adds the book, or gives the one with this ISBN another title and author. */
  putBook(book: NewBook): Promise<Book>
  /** The author with all books, by their titles. */
  loadAuthor(id: string): Promise<(Author & { books: Book[] }) | undefined>
  /** A page of all books with the names of their authors, by title. */
  listBooks(page: { size: number; number: number }): Promise<{ title: string; author: string }[]>
  /** An author and first books, or nothing of them. */
  publish(name: string, books: Omit<NewBook, 'authorId'>[]): Promise<Author>
  close(): Promise<void>
}
