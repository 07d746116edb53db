import type { Library } from '../library.ts'

/** A framework that the library is served on. */
export interface Framework {
  readonly name: string
  /** The package whose version counts; none for Node's own. */
  readonly package?: string
  /**
   * Serves a library on a free port of 127.0.0.1, as JSON:
   *
   * | route | what it answers |
   * |---|---|
   * | `POST /authors` | 201 and `addAuthor` |
   * | `GET /authors/:id` | `loadAuthor`, or 404 |
   * | `POST /books` | 201 and `addBook` |
   * | `PUT /books` | `putBook` |
   * | `GET /books` | `listBooks`, the page `?number=` of 100 |
   * | `GET /books/:id` | `findBook`, or 404 |
   * | `POST /publishers` | 201 and `publish` |
   */
  serve(library: Library): Promise<ServedLibrary>
}

/** A library that is served. */
export interface ServedLibrary {
  readonly origin: string
  close(): Promise<unknown>
}

export const pageSize = 100
