// What `npm run test:runners` runs: one service's tests under each runner, with the packages as they would be published.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPeers } from '../../../tools/install-peers.ts'
import { packPackages } from '../../../tools/pack.ts'
import { startTestPostgres } from '../../../tools/test-postgres.ts'

const folder = join(import.meta.dirname, '..')

/** Installs what a service installs, as it would be published; the platform is not among it. */
function installPackages(): void {
  const out = mkdtempSync(join(tmpdir(), 'tenantry-runners-'))
  try {
    const tarballs = Object.entries(packPackages(out)).flatMap(([name, tarball]) =>
      /platform|cli|console/.test(name) ? [] : [tarball],
    )
    const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
    const { status } = spawnSync('npm', ['install', '--no-save', ...quietly, ...tarballs], {
      cwd: folder,
      stdio: ['ignore', process.stderr, process.stderr],
    })
    if (status !== 0) throw new Error('the packed packages cannot be installed: what npm said is above')
  } finally {
    rmSync(out, { recursive: true })
  }
}

function run(name: string, args: string[], postgres: string): boolean {
  console.log(`\n── ${name}`)
  const env = { ...process.env, TEST_POSTGRES: postgres }
  return spawnSync(process.execPath, args, { cwd: folder, stdio: 'inherit', env }).status === 0
}

installPeers(folder)
installPackages()
const { stop, host, port, user, password } = await startTestPostgres()
const postgres = `postgres://${user}:${password}@${host}:${port}/postgres`
const passed = [
  run('Vitest', ['node_modules/vitest/vitest.mjs', 'run', 'vitest'], postgres),
  // Jest keeps modules apart in contexts of Node's `vm`, and takes ES modules there by this flag alone.
  run('Jest', ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'jest'], postgres),
]
await stop()
process.exit(passed.every(Boolean) ? 0 : 1)
