import { execFile } from 'node:child_process'
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { TenantryError } from '@tenantry/context'
import { findServerBinaries } from './server-binaries.ts'
import type { ServerUser } from './server-user.ts'

/**
 * Makes a new PostgreSQL data folder with the superuser `postgres` and this password, whole or not at all: what is cut
 * off leaves `folder` as it was. Throws `POSTGRES_FAILED`, also when something else is in its place.
 */
export async function initialiseDataFolder(
  folder: string,
  password: string,
  user: ServerUser | undefined,
  distribution?: string,
): Promise<void> {
  const unfinished = `${folder}.unfinished`
  const passwordFile = `${folder}.password`
  const { initdb } = await findServerBinaries(user, distribution)
  try {
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
    // `initdb` takes the password from a file alone: one that only it can read, and only for this long.
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (user) for (const path of [unfinished, passwordFile]) await chown(path, user.uid, user.gid)
    const flags = [
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]
    await promisify(execFile)(initdb, [`--pgdata=${unfinished}`, `--pwfile=${passwordFile}`, ...flags], {
      ...user,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    })
    await rename(unfinished, folder)
  } catch (cause) {
    throw new TenantryError('POSTGRES_FAILED', 'PostgreSQL cannot make its data folder', {
      help: `see that its user can reach \`${folder}\`, and that nothing else is there`,
      cause,
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
}
