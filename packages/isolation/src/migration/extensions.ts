import type { ClientBase } from 'pg'
import { extensionSchema, roles } from '../database/isolation-roles.ts'

/** Extensions that reach no file, no network and no other session, and hold no rows. */
export const allowedExtensions: ReadonlySet<string> = new Set(
  [
    'btree_gin',
    'btree_gist',
    'citext',
    'cube',
    'dict_int',
    'earthdistance',
    'fuzzystrmatch',
    'hstore',
    'intarray',
  ].concat(['isn', 'ltree', 'pg_trgm', 'seg', 'unaccent', 'uuid-ossp']),
)

/** Makes the extensions that migrations ask for; `client` is a superuser, which a migration is not. */
export async function createExtensions(client: ClientBase, names: readonly string[]): Promise<void> {
  await client.query(`create schema if not exists ${extensionSchema}`)
  await client.query(
    `grant usage on schema ${extensionSchema} to ${roles.owner}, ${roles.service}, ${roles.central}`,
  )
  for (const name of names) {
    if (!allowedExtensions.has(name)) throw new Error(`extension ${name} is not allowed`)
    await client.query(`create extension if not exists "${name}" with schema ${extensionSchema} cascade`)
  }
}
