import type { TokenServiceClient } from '@tenantry/context'
import { installKeys } from '@tenantry/isolation'
import { atUrl } from './at-url.ts'

/**
 * Gives the database at a URL the keys that leases for it are signed with: one that was adopted, and that no placement is.
 * Returns its name, which is the one that its keys are derived for.
 */
export function installKeysAt(
  url: string,
  tokenService: Pick<TokenServiceClient, 'databaseKeys'>,
): Promise<string> {
  return atUrl(url, 'ADOPT', async (client) => {
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    const name = rows[0]?.name ?? ''
    await installKeys(client, await tokenService.databaseKeys(name))
    return name
  })
}
