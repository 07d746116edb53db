// A NestJS project of CommonJS, as compilers of TypeScript write it: decorators are functions that are applied.
'use strict'
require('reflect-metadata')
const { Controller, Get, Module, Post } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const { tenantry } = require('tenantry/nest')
const { Pool } = require('tenantry/pg')

const db = new Pool()

class NotesController {
  async add() {
    await db.query(`insert into notes default values`)
    return this.list()
  }

  async list() {
    const { rows } = await db.query('select count(*)::int as notes from notes')
    return rows[0]
  }
}
Controller('notes')(NotesController)
for (const [name, decorate] of [
  ['add', Post()],
  ['list', Get()],
]) {
  decorate(NotesController.prototype, name, Object.getOwnPropertyDescriptor(NotesController.prototype, name))
}

class NotesModule {}
Module({ controllers: [NotesController] })(NotesModule)

async function main() {
  const app = await NestFactory.create(NotesModule, { logger: false })
  await tenantry(app, { db })
  await app.listen(Number(process.env.PORT), process.env.HOST)
}
main()
