import { TenantryError } from '@tenantry/context'
import { Client } from 'pg'

/**
 * Runs `work` on a connection to the database that a URL names, without a control plane. `area` begins the codes of what
 * goes wrong on the way: `…_URL` for none of PostgreSQL's, `…_UNREACHABLE` when nothing answers.
 */
export async function atUrl<T>(url: string, area: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = clientOf(url, area)
  client.on('error', () => undefined)
  try {
    await client.connect().catch((cause: Error) => {
      // The message of the driver names host and role, never the password.
      throw new TenantryError(`${area}_UNREACHABLE`, `the database cannot be reached: ${cause.message}`, {
        help,
        cause,
      })
    })
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

const help = 'give `postgres://role:password@host:port/database` of the provisioning role'

function clientOf(url: string, area: string): Client {
  if (/^postgres(ql)?:\/\/[^\s]+$/.test(url) && URL.canParse(url)) {
    return new Client({
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      application_name: `tenantry ${area.toLowerCase()}`,
    })
  }
  throw new TenantryError(`${area}_URL`, 'that is no URL of a PostgreSQL database', { help })
}
