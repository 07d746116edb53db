import 'reflect-metadata'
import {
  Body,
  Controller,
  Get,
  Inject,
  Module,
  NotFoundException,
  Param,
  Post,
  Put,
  Query,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { tenantry } from 'tenantry/nest'
import type { Library, NewBook } from '../library.ts'
import { type Framework, pageSize } from './framework.ts'

export const onNest: Framework = {
  name: 'NestJS',
  package: '@nestjs/core',
  async serve(library) {
    class LibraryModule {}
    const providers = [{ provide: 'library', useValue: library }]
    Module({ controllers: [LibraryController], providers })(LibraryModule)
    const app = await NestFactory.create(LibraryModule, { logger: false })
    await tenantry(app)
    await app.listen(0, '127.0.0.1')
    return { origin: await app.getUrl(), close: () => app.close() }
  },
}

class LibraryController {
  readonly #library: Library

  constructor(library: Library) {
    this.#library = library
  }

  addAuthor({ name }: { name: string }) {
    return this.#library.addAuthor(name)
  }

  async loadAuthor(id: string) {
    return found(await this.#library.loadAuthor(id))
  }

  addBook(book: NewBook) {
    return this.#library.addBook(book)
  }

  putBook(book: NewBook) {
    return this.#library.putBook(book)
  }

  listBooks(number: string) {
    return this.#library.listBooks({ size: pageSize, number: Number(number) })
  }

  async findBook(id: string) {
    return found(await this.#library.findBook(id))
  }

  publish({ name, books }: { name: string; books: NewBook[] }) {
    return this.#library.publish(name, books)
  }
}

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new NotFoundException()
  return row
}

// Decorators are applied as functions: type stripping leaves them as they are, and Node runs none.
const routes: [keyof LibraryController, MethodDecorator, ParameterDecorator][] = [
  ['addAuthor', Post('authors'), Body()],
  ['loadAuthor', Get('authors/:id'), Param('id')],
  ['addBook', Post('books'), Body()],
  ['putBook', Put('books'), Body()],
  ['listBooks', Get('books'), Query('number')],
  ['findBook', Get('books/:id'), Param('id')],
  ['publish', Post('publishers'), Body()],
]
for (const [name, route, parameter] of routes) {
  const { prototype } = LibraryController
  route(prototype, name, Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor)
  parameter(prototype, name, 0)
}
Inject('library')(LibraryController, undefined, 0)
Controller()(LibraryController)
