// What `npm run test:adopt` runs: the types of the service, and the guide's commands.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installPeers } from '../../../tools/install-peers.ts'

const folder = join(import.meta.dirname, '..')
const root = join(folder, '../..')

installPeers(folder, { prismaSchema: 'prisma/schema.prisma', ownDriver: true })
const passed = [
  ['node_modules/typescript/bin/tsc', '-p', folder],
  [
    '--test',
    '--test-force-exit',
    '--test-timeout=300000',
    join(import.meta.dirname, 'adopt-in-an-hour.test.ts'),
  ],
].map((args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0)
process.exit(passed.every(Boolean) ? 0 : 1)
