import { randomBytes } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'

const charOid = 18
const charArrayOid = 1002

/** What the engine reaches PostgreSQL through: Prisma's own adapter, with what that lacks for catalogs and shadow databases. */
export function createEngineAdapter(url: string) {
  const { provider, adapterName } = new PrismaPg(url)
  return bindMigrationAwareSqlAdapterFactory({
    provider,
    adapterName,
    connect: () => connectTo(url),
    connectToShadowDb: () => connectToShadow(url),
  })
}

function connectTo(url: string): Promise<SqlDriverAdapter> {
  const schema = new URL(url).searchParams.get('schema') ?? undefined
  const pool = withChars(new pg.Pool({ connectionString: url }))
  return new PrismaPg(pool, { schema, disposeExternalPool: true }).connect().then(readingChars)
}

/** A database that is dropped once nobody is connected to it: the adapter's own tries before. */
async function connectToShadow(url: string): Promise<SqlDriverAdapter> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const name = `shadow_${randomBytes(6).toString('hex')}`
  await admin.query(`create database ${name}`)
  const connection = await connectTo(Object.assign(new URL(url), { pathname: name }).href)
  const dispose = connection.dispose.bind(connection)
  return Object.assign(connection, {
    async dispose() {
      await dispose()
      await admin.query(`drop database ${name}`)
      await admin.end()
    },
  })
}

/** The catalog is full of `"char"`, which the adapter does not know: it goes through as an array of them, which it does. */
function withChars(pool: pg.Pool): pg.Pool {
  const query = pool.query.bind(pool) as (config: pg.QueryConfig) => Promise<pg.QueryResult>
  return Object.assign(pool, {
    async query(config: pg.QueryConfig) {
      const result = await query(config)
      for (const field of result.fields ?? []) {
        if (field.dataTypeID === charOid) field.dataTypeID = charArrayOid
      }
      return result
    },
  })
}

function readingChars<Adapter extends SqlDriverAdapter>(adapter: Adapter): Adapter {
  const queryRaw = adapter.queryRaw.bind(adapter)
  return Object.assign(adapter, {
    async queryRaw(query: Parameters<typeof queryRaw>[0]) {
      const result = await queryRaw(query)
      const columnTypes = result.columnTypes.map((type) =>
        type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type,
      )
      return { ...result, columnTypes }
    },
  })
}
