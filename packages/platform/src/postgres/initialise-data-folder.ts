import { execFile } from 'node:child_process'
import { chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { TenantryError } from '@tenantry/context'
import { findServerBinaries } from './server-binaries.ts'
import type { ServerUser } from './server-user.ts'

/**
 * Makes a new PostgreSQL data folder with the superuser `postgres` and this password.
 * Throws `POSTGRES_FAILED`; what was there by then is removed.
 */
export async function initialiseDataFolder(
  folder: string,
  password: string,
  user: ServerUser | undefined,
): Promise<void> {
  const passwordFile = `${folder}.password`
  const { initdb } = await findServerBinaries(user)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // `initdb` takes the password from a file alone: one that only it can read, and only for this long.
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (user) for (const path of [folder, passwordFile]) await chown(path, user.uid, user.gid)
    const flags = [
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]
    await promisify(execFile)(initdb, [`--pgdata=${folder}`, `--pwfile=${passwordFile}`, ...flags], {
      ...user,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    })
  } catch (cause) {
    await rm(folder, { recursive: true, force: true })
    throw new TenantryError('POSTGRES_FAILED', 'PostgreSQL cannot make its data folder', {
      help: `see that its user can reach and write \`${folder}\``,
      cause,
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
}
