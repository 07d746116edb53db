import { obtainAccessToken, StateFolder, TenantryError } from '@tenantry/platform'
import { Command } from 'commander'

/** `tenantry token <tenant>`: an access token of the demo identity provider, on a line of its own. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('print an access token of the demo identity provider')
    .argument('<tenant>', 'the tenant whose user it is for')
    .option('--role <role>', 'admin, seller or buyer', 'seller')
    .action(async (tenant: string, { role }: { role: string }) => {
      const { issuer } = new StateFolder().addresses()
      if (issuer === null) {
        throw new TenantryError('DEMO_REFUSED', 'the demo identity provider does not run here', {
          help: 'get an access token from your own identity provider, or run `tenantry start`',
        })
      }
      console.log(await obtainAccessToken({ issuer, tenant, role }))
    })
}
