import { DataSource } from 'typeorm'
import { authorEntity, bookEntity } from './entities.ts'

/** A developer's plain database, for TypeORM's own commands: the service has a data source of its own. */
export default new DataSource({
  type: 'postgres',
  url: process.env.PLAIN_DATABASE_URL,
  entities: [authorEntity, bookEntity],
  // Keys are PostgreSQL's own `gen_random_uuid()`, without an extension.
  uuidExtension: 'pgcrypto',
  installExtensions: false,
})
