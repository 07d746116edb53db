/**
 * The program that `prisma` starts for what touches a database (`PRISMA_SCHEMA_ENGINE_BINARY`), in place of the one that it
 * fetches when it first runs. It is Prisma's own engine, from npm as WebAssembly, behind JSON-RPC over standard input and output.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createEngineAdapter } from './engine-adapter.ts'

interface Call {
  id: number
  method?: string
  params: unknown
}

const { values, positionals } = parseArgs({
  options: { datasource: { type: 'string', default: '{}' }, datamodels: { type: 'string', multiple: true } },
  allowPositionals: true,
  strict: false,
})
const { url } = JSON.parse(String(values.datasource)) as { url: string }
if (positionals[0] === 'cli') await connectOnce()
else await serve()

/** `can-connect-to-database`: of the commands beside RPC, the one that is asked for where the database is there. */
async function connectOnce(): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.end()
}

async function serve(): Promise<void> {
  const engine = await startEngine()
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line) as Call
    // What has no method is an answer: to `print`.
    if (method === undefined) continue
    try {
      // These two find a shadow database only in what the engine remembers, and it forgets when it applies migrations.
      if (method === 'evaluateDataLoss' || method === 'createMigration') await engine.devDiagnostic?.(params)
      const result = await engine[method === 'getDatabaseVersion' ? 'version' : method]?.(params)
      if (method === 'diff' && result?.stdout)
        send({ id: 0, method: 'print', params: { content: result.stdout } })
      send({ id, result: result ?? null })
    } catch (error) {
      const { message, code } = error as { message: string; code?: string }
      send({ id, error: { code: 4466, message, data: { is_panic: false, message, error_code: code } } })
    }
  }
  process.exit(0)
}

async function startEngine() {
  // It tells of a panic in this way before it ends.
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: console.error } })
  const { SchemaEngine } = await import('@prisma/schema-engine-wasm')
  const datamodels = (values.datamodels ?? []).map((file): [string, string] => [
    String(file),
    readFileSync(String(file), 'utf8'),
  ])
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, createEngineAdapter(url))
  return engine as unknown as Record<string, (params: unknown) => Promise<{ stdout?: string } | undefined>>
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}
