import { Readable } from 'node:stream'
import { errorAnswer, TenantryError } from '@tenantry/context'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { PlacementMigrations } from '../databases/placement-migrations.ts'
import { sessionsMax } from '../databases/server-sessions.ts'
import type { MigrationOptions, MigrationOutcome, MigrationRuns } from './migration-runs.ts'

/** One line of the answer to `POST /migrations`. `waiting` only says that the run goes on. */
export type MigrationMessage =
  | { readonly type: 'waiting' }
  | { readonly type: 'placement'; readonly placement: PlacementMigrations }
  | ({ readonly type: 'done' } & MigrationOutcome)
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly help?: string }

const optionsSchema = z.strictObject({
  parallel: z.int().min(1).max(sessionsMax).optional(),
  first: z.string().optional(),
  existingRowsOf: z.record(z.string(), z.string()).optional(),
})
const heartbeatMs = 5_000

/** `GET /migrations` shows them; `POST /migrations` runs them and tells of each placement as a line of JSON. */
export function addMigrationRoutes(app: FastifyInstance, runs: MigrationRuns): void {
  app.get('/migrations', async () => ({ placements: await runs.status() }))
  app.post('/migrations', ({ body, id }, reply) =>
    reply.type('application/x-ndjson').send(Readable.from(runLines(runs, readOptions(body), id))),
  )
}

async function* runLines(runs: MigrationRuns, options: MigrationOptions, requestId: string) {
  const messages: MigrationMessage[] = []
  let wake = () => {}
  const push = (message: MigrationMessage) => {
    messages.push(message)
    wake()
  }
  const heartbeat = setInterval(push, heartbeatMs, { type: 'waiting' } as const)
  // Whoever reads may go away: a run that was begun goes on.
  void runs
    .run(options, (placement) => push({ type: 'placement', placement }))
    .then(
      (outcome) => push({ type: 'done', ...outcome }),
      (error: unknown) => push({ type: 'error', ...describe(error, requestId) }),
    )
  try {
    for (;;) {
      for (const message of messages.splice(0)) {
        yield `${JSON.stringify(message)}\n`
        if (message.type === 'done' || message.type === 'error') return
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        if (messages.length > 0) resolve()
      })
    }
  } finally {
    clearInterval(heartbeat)
  }
}

function describe(error: unknown, requestId: string) {
  const { code, message } = errorAnswer(error, requestId).body
  return error instanceof TenantryError ? { code, message, help: error.help } : { code, message }
}

function readOptions(body: unknown): MigrationOptions {
  const parsed = optionsSchema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path, message }) => `\`${path.join('.') || 'body'}\`: ${message}`)
  throw new TenantryError('BODY_INVALID', fields.join('; '), {
    status: 400,
    help: `send any of \`{"parallel": 1 to ${sessionsMax}, "first": a tenant or "pool", "existingRowsOf": {service or "*": tenant}}\``,
  })
}
