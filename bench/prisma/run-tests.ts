// What `npm run test:prisma` runs: the tests that need Prisma.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installPeers } from '../../tools/install-peers.ts'

installPeers(join(import.meta.dirname, '..'), { prismaSchema: 'schema.prisma' })
const file = join(import.meta.dirname, 'isolate-prisma.test.ts')
const args = ['--test', '--test-force-exit', '--test-timeout=60000', file]
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1)
