import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Migration } from '../../../packages/isolation/src/index.ts'
import { ToolProject } from './tool-project.ts'

const schemaFile = 'prisma/schema.prisma'
const migrationFolder = 'prisma/migrations'

/** A copy of the example's Prisma project, where `prisma` itself may write, with its engine from npm. */
export class PrismaProject {
  readonly #project = new ToolProject(['prisma.config.ts', schemaFile, migrationFolder])
  readonly #engine = join(this.#project.folder, 'schema-engine')

  constructor() {
    const program = join(import.meta.dirname, 'schema-engine.ts')
    const script = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`
    writeFileSync(this.#engine, script, { mode: 0o755 })
  }

  /** Runs `prisma` on the database at `url`. */
  prisma(url: string, ...args: string[]): { status: number | null; output: string } {
    return this.#project.run('prisma/build/index.js', args, {
      PLAIN_DATABASE_URL: url,
      PRISMA_SCHEMA_ENGINE_BINARY: this.#engine,
      CHECKPOINT_DISABLE: '1',
    })
  }

  get schema(): string {
    return this.#project.read(schemaFile)
  }

  set schema(text: string) {
    this.#project.write(schemaFile, text)
  }

  get migrations(): Migration[] {
    return this.#project.migrations(migrationFolder)
  }

  remove(): void {
    this.#project.remove()
  }
}
