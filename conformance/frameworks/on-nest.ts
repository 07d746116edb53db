import 'reflect-metadata'
import type { Server, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import {
  Body,
  Controller,
  Get,
  HttpCode,
  type INestApplication,
  Module,
  Param,
  Post,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { tenantry } from 'tenantry/nest'
import type { Host } from './host.ts'
import { type NoteService, type StreamKind, tenantHere } from './note-service.ts'

/** NestJS 12 on its platform for Express. */
export const onNestExpress: Host = {
  name: 'nest on express',
  leavesOut: {},
  start: async (notes) => start(notes, await NestFactory.create(moduleOf(notes), { logger: false })),
}

/** NestJS 12 on its platform for Fastify. */
export const onNestFastify: Host = {
  name: 'nest on fastify',
  leavesOut: {},
  async start(notes) {
    const app = await NestFactory.create(moduleOf(notes), new FastifyAdapter(), { logger: false })
    const fastify = app.getHttpAdapter().getInstance() as FastifyInstance
    fastify.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    return start(notes, app)
  },
}

async function start(notes: NoteService, app: INestApplication) {
  const service = await tenantry(app, { db: notes.db })
  if (notes.db) service.onEvent('note.wanted', (event, transaction) => notes.take(event, transaction))
  // What a guard and an interceptor see comes along with what the handler sees.
  app.useGlobalGuards({
    canActivate(context) {
      const request = context.switchToHttp().getRequest()
      request.guarded = tenantHere()
      return true
    },
  })
  await app.listen(0, '127.0.0.1')
  const server: Server = app.getHttpServer()
  return { origin: await app.getUrl(), server, close: () => app.close() }
}

/** The module, its decorators applied as functions: type stripping leaves decorators as they are, and Node runs none. */
function moduleOf(notes: NoteService): new () => object {
  class NotesController {
    async tenant(request: { guarded: string }) {
      const { tenants } = await notes.whoAsks()
      return { tenants: [...tenants, request.guarded] }
    }
    held() {
      return notes.hold()
    }
    write(body: { text: string }) {
      return notes.write(body.text)
    }
    upload(request: Readable | FastifyRequest) {
      return notes.readUpload(
        'body' in request && 'raw' in request ? (request.body as Readable) : (request as Readable),
      )
    }
    stream(kind: StreamKind) {
      return new StreamableFile(notes.stream(kind))
    }
    fail(kind: string) {
      return notes.fail(kind)
    }
    begun(reply: ServerResponse | FastifyReply) {
      const response = 'raw' in reply ? reply.raw : reply
      response.write('begun')
      notes.fail('unknown')
    }
    written(reply: ServerResponse | FastifyReply) {
      if ('hijack' in reply) reply.hijack()
      const response = 'raw' in reply ? reply.raw : reply
      response.write('written by ', () => response.end(tenantHere()))
    }
  }
  const routes: [keyof NotesController & string, MethodDecorator[], ParameterDecorator?][] = [
    ['tenant', [Get('tenant')], Req()],
    ['held', [Get('held')]],
    ['write', [Post('notes'), HttpCode(200)], Body()],
    ['upload', [Post('upload'), HttpCode(200)], Req()],
    ['stream', [Get('stream/:kind')], Param('kind')],
    ['fail', [Get('fail/:kind')], Param('kind')],
    ['begun', [Get('begun')], Res()],
    ['written', [Get('written')], Res()],
  ]
  for (const [name, decorators, parameter] of routes) {
    const property = Object.getOwnPropertyDescriptor(NotesController.prototype, name)
    for (const decorate of decorators)
      decorate(NotesController.prototype, name, property as PropertyDescriptor)
    parameter?.(NotesController.prototype, name, 0)
  }
  Controller()(NotesController)
  class NotesModule {}
  Module({ controllers: [NotesController] })(NotesModule)
  return NotesModule
}
