import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Migration } from '../../../packages/isolation/src/index.ts'
import { readMigrations } from './read-migrations.ts'

const example = join(import.meta.dirname, '..')

/** A copy of the example's Prisma project, where `prisma` itself may write. */
export class PrismaProject {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tenantry-prisma-'))
  readonly #schemaFile = join(this.#folder, 'prisma/schema.prisma')

  constructor() {
    for (const part of ['prisma.config.ts', 'prisma/schema.prisma', 'prisma/migrations']) {
      cpSync(join(example, part), join(this.#folder, part), { recursive: true })
    }
    symlinkSync(join(example, 'node_modules'), join(this.#folder, 'node_modules'))
    const engine = join(example, 'test/schema-engine.ts')
    const script = `#!/bin/sh\nexec '${process.execPath}' '${engine}' "$@"\n`
    writeFileSync(this.#engine, script, { mode: 0o755 })
  }

  /** Runs `prisma` as a developer would, without a terminal, on the database at `url`. */
  prisma(url: string, ...args: string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(example, 'node_modules/prisma/build/index.js'), ...args],
      {
        cwd: this.#folder,
        encoding: 'utf8',
        env: {
          ...process.env,
          PLAIN_DATABASE_URL: url,
          PRISMA_SCHEMA_ENGINE_BINARY: this.#engine,
          CHECKPOINT_DISABLE: '1',
        },
      },
    )
    return { status, output: stdout + stderr }
  }

  get schema(): string {
    return readFileSync(this.#schemaFile, 'utf8')
  }

  set schema(text: string) {
    writeFileSync(this.#schemaFile, text)
  }

  get migrations(): Migration[] {
    return readMigrations(join(this.#folder, 'prisma/migrations'))
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }

  get #engine(): string {
    return join(this.#folder, 'schema-engine')
  }
}
