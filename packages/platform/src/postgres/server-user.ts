import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import { TenantryError } from '@tenantry/context'

const run = promisify(execFile)
const name = 'postgres'

/** The operating system's ids that PostgreSQL runs under. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/**
 * PostgreSQL refuses to run as root: then it runs as the system user `postgres`, which is made when it is missing.
 * Any other user runs it as itself, for which this returns `undefined`. Throws `POSTGRES_USER`.
 */
export async function resolveServerUser(): Promise<ServerUser | undefined> {
  if (userInfo().uid !== 0) return undefined
  try {
    return await readIds().catch(async () => {
      await run('useradd', [
        '--system',
        '--user-group',
        '--no-create-home',
        '--shell',
        '/usr/sbin/nologin',
        name,
      ])
      return readIds()
    })
  } catch (cause) {
    throw new TenantryError(
      'POSTGRES_USER',
      'PostgreSQL does not run as root, and no user could be made for it',
      {
        help: `make a system user \`${name}\`, or start as an ordinary user`,
        cause,
      },
    )
  }
}

async function readIds(): Promise<ServerUser> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}
