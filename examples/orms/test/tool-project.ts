import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Migration } from '../../../packages/isolation/src/index.ts'
import { readMigrations } from './read-migrations.ts'

const example = join(import.meta.dirname, '..')

/** A copy of parts of the example, where a data layer's own tool may write. */
export class ToolProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'tenantry-orms-'))

  constructor(parts: readonly string[]) {
    for (const part of parts) cpSync(join(example, part), join(this.folder, part), { recursive: true })
    symlinkSync(join(example, 'node_modules'), join(this.folder, 'node_modules'))
  }

  /** Runs a program of `node_modules` as a developer would, without a terminal. */
  run(
    program: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ): { status: number | null; output: string } {
    // Under continuous integration some of them paint what they print.
    const plain = { NO_COLOR: '1', FORCE_COLOR: '0' }
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(example, 'node_modules', program), ...args],
      { cwd: this.folder, encoding: 'utf8', env: { ...process.env, ...plain, ...env } },
    )
    return { status, output: stdout + stderr }
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text)
  }

  /** The migrations in a folder of the project, as the platform reads them. */
  migrations(folder: string): Migration[] {
    return readMigrations(join(this.folder, folder))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
