// What `npm run test:workers` runs: the types of the workers' code, and its tests, each in a process of its own.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { installPeers } from '../../../tools/install-peers.ts'
import { startTestPostgres } from '../../../tools/test-postgres.ts'

const folder = join(import.meta.dirname, '..')
const root = join(folder, '../..')

function run(args: string[]): boolean {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0
}

installPeers(folder)
const { stop, ...server } = await startTestPostgres()
process.env.TENANTRY_TEST_POSTGRES = JSON.stringify(server)
const files = globSync('*/report-queue.test.ts', { cwd: folder }).map((file) => join(folder, file))
const passed = [
  run(['node_modules/typescript/bin/tsc', '-p', folder]),
  run(['--test', '--test-force-exit', '--test-timeout=60000', ...files.sort()]),
]
await stop()
process.exit(passed.every(Boolean) ? 0 : 1)
