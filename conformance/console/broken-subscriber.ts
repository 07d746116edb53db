import { Client } from 'pg'
import { postgresUrl } from '../end-to-end/postgres-url.ts'
import type { RunningSystem } from '../end-to-end/running-system.ts'

/** Runs SQL as the superuser of the running system's own PostgreSQL. */
export async function asSuperuser(system: RunningSystem, database: string, sql: string): Promise<void> {
  const client = new Client(postgresUrl(system, database))
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

/** Lets invoice fail for one tenant in the pool, whatever event it handles, until `mendSubscriber`. */
export function breakSubscriber(system: RunningSystem, tenant: string): Promise<void> {
  return asSuperuser(
    system,
    'tenantry_pool',
    `create function broken() returns trigger language plpgsql as $$ begin raise 'the subscriber is broken'; end $$;
     create trigger broken before insert on invoice.invoices for each row
       when (new.tenantry_tenant = '${tenant}') execute function broken()`,
  )
}

export function mendSubscriber(system: RunningSystem): Promise<void> {
  return asSuperuser(
    system,
    'tenantry_pool',
    'drop trigger if exists broken on invoice.invoices; drop function if exists broken',
  )
}

/** Gives the first of a tenant's events up that waits, as the relay would after seven days of trying. */
export function giveUpOne(system: RunningSystem, tenant: string): Promise<void> {
  return asSuperuser(
    system,
    'tenantry_bus',
    `select settle_delivery(position, 'dead', '\`invoice\` answered 500') from deliveries
     where tenant = '${tenant}' and status = 'waiting' order by position limit 1`,
  )
}
