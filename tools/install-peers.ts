import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Installs the dependencies of a folder that is no workspace, as its `package-lock.json` names them, and makes Prisma's
 * client from the schema in it, where one is named. Does nothing when that is done already.
 */
export function installPeers(folder: string, { prismaSchema }: { prismaSchema?: string } = {}): void {
  const stamp = join(folder, 'node_modules/.tenantry-stamp')
  const wanted = ['package-lock.json', ...(prismaSchema ? [prismaSchema] : [])]
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing the peers …')
  // Their install scripts fetch binaries that nothing here needs.
  run(folder, 'npm', ['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund'])
  if (prismaSchema) {
    // One driver for all: PrismaPg takes a pool only if it is of the very `pg` that it imports itself.
    rmSync(join(folder, 'node_modules/pg'), { recursive: true })
    const prisma = 'node_modules/prisma/build/index.js'
    run(folder, process.execPath, [prisma, 'generate', '--schema', prismaSchema])
  }
  writeFileSync(stamp, wanted)
}

function run(folder: string, command: string, args: string[]): void {
  // Generating asks for Prisma's schema engine without using it: any program will do, and none is fetched.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' }
  const { status } = spawnSync(command, args, {
    cwd: folder,
    env,
    stdio: ['ignore', process.stderr, process.stderr],
  })
  if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed: what it said is above`)
}
