import { TenantryError } from '@tenantry/context'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ConsoleFile, ConsoleFiles } from './console-files.ts'
import { plainPage } from './plain-page.ts'

/** `GET /` is the console's page, out of `folder`, and `/assets/*` what it loads. Nothing in either is secret. */
export function addPageRoutes(
  app: FastifyInstance,
  { folder, url }: { folder: string | undefined; url: string },
): void {
  const files = new ConsoleFiles(folder)

  app.get('/', { config: { open: true } }, async (request, reply) => {
    // One name for the console, since cookies and the way back from the issuer know of one.
    if (request.host !== new URL(url).host) return reply.redirect(`${url}/`)
    const page = await files.page()
    if (page) return sendFile(request, reply, page)
    return reply
      .status(503)
      .type('text/html; charset=utf-8')
      .send(
        plainPage(
          'The console is not built',
          'Run `npm run build -w packages/console`, then load this page again.',
        ),
      )
  })

  app.get<{ Params: { '*': string } }>('/assets/*', { config: { open: true } }, async (request, reply) => {
    const file = await files.asset(`/assets/${request.params['*']}`)
    if (!file) {
      throw new TenantryError('NOT_FOUND', 'the console has no such file', {
        status: 404,
        help: 'load the page again: it was built anew',
      })
    }
    // Their names are made of what is in them.
    reply.header('cache-control', 'public, max-age=31536000, immutable')
    return sendFile(request, reply, file)
  })
}

function sendFile({ headers }: FastifyRequest, reply: FastifyReply, { type, bytes, encodings }: ConsoleFile) {
  const accepted = (headers['accept-encoding'] ?? '')
    .toString()
    .split(',')
    .filter((coding) => !/;\s*q=0(\.0*)?\s*$/.test(coding))
    .map((coding) => coding.split(';')[0]?.trim().toLowerCase())
  const encoding = [...encodings.keys()].find((name) => accepted.includes(name))
  reply.type(type).header('vary', 'accept-encoding')
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.send(encoding === undefined ? bytes : encodings.get(encoding))
}
