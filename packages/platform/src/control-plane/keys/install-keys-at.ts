import type { TokenServiceClient } from '@tenantry/context'
import { installKeys, setRevokedTenants } from '@tenantry/isolation'
import { atUrl } from '../adoption/at-url.ts'

/**
 * Gives the database at a URL the keys that leases for it are signed with, and the tenants that are suspended now: one that
 * was adopted, and that no placement is. Returns its name, which is the one that its keys are derived for.
 */
export function installKeysAt(
  url: string,
  tokenService: Pick<TokenServiceClient, 'databaseKeys'>,
  suspended: readonly string[],
): Promise<string> {
  return atUrl(url, 'ADOPT', async (client) => {
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    const name = rows[0]?.name ?? ''
    await installKeys(client, await tokenService.databaseKeys(name))
    await setRevokedTenants(client, suspended)
    return name
  })
}
