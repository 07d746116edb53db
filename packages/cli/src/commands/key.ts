import type { ApiKeyAnswer } from '@tenantry/platform'
import { Command } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { plainText } from '../plain-text.ts'
import { bold, dim, green } from '../styles.ts'
import { table } from '../table.ts'

/** `tenantry key …`: API keys of a tenant's machines, made, listed and ended while the system runs. */
export function keyCommand(): Command {
  const command = new Command('key').description('make, list and revoke API keys of tenants’ machines')

  command
    .command('create <tenant>')
    .description('make a key and print it, this once')
    .option('--role <role>', 'what its bearer may do, as the services know roles')
    .option('--expires <duration>', 'for how long it is good, such as 12h or 90d; for ever unless given')
    .option('--name <name>', 'what it is for')
    .option('--json', 'as JSON')
    .action(async (tenant: string, { json, ...options }: CreateFlags & { json?: boolean }) => {
      const created = await connectControlPlane().createApiKey(tenant, options)
      if (json) console.log(JSON.stringify(created, undefined, 2))
      else {
        console.log(created.key)
        console.error(`${green('✓')} ${bold(created.id)} of ${tenant}; keep the key, it is not shown again`)
      }
    })

  command
    .command('list <tenant>')
    .description('a tenant’s keys, the newest first, without the keys themselves')
    .option('--json', 'as JSON')
    .action(async (tenant: string, { json }: { json?: boolean }) => {
      const keys = await connectControlPlane().apiKeys(tenant)
      console.log(json ? JSON.stringify(keys, undefined, 2) : keyTable(keys))
    })

  command
    .command('revoke <id>')
    .description('end a key by its id, everywhere within 5 s')
    .option('--json', 'as JSON')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const revoked = await connectControlPlane().revokeApiKey(id)
      if (json) console.log(JSON.stringify(revoked, undefined, 2))
      else console.log(`${green('✓')} ${bold(revoked.id)} of ${revoked.tenant} is revoked`)
    })

  return command
}

interface CreateFlags {
  readonly role?: string
  readonly expires?: string
  readonly name?: string
}

function keyTable(keys: readonly ApiKeyAnswer[]): string {
  if (keys.length === 0) return dim('no key')
  const head = ['key', 'name', 'role', 'since', 'until', 'revoked'].map(bold)
  const rows = keys.map(({ id, name, role, createdAt, expiresAt, revokedAt }) => [
    ...[id, plainText(name ?? ''), role ?? '', createdAt, expiresAt ?? 'for ever', revokedAt ?? ''],
  ])
  return table([head, ...rows])
}
