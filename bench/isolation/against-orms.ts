import { type BenchDatabase, itemName, tenantName } from './bench-database.ts'
import type { Orm } from './orms/orm.ts'
import { requireRows } from './require-rows.ts'
import type { Row } from './row.ts'

const orms = ['drizzle', 'knex', 'prisma', 'kysely']
// Whose patterns plain `pg` is measured against, too.
const againstPlain = ['drizzle', 'knex', 'prisma']
const itemSql = 'select id, name, price from items where id = $1'

/** Ours against row-level security that trusts a setting, as ORMs' documentation writes it. */
export async function rowsAgainstOrms(): Promise<readonly Row[]> {
  // Loaded only when they are measured, and by name: they need this folder's own dependencies.
  const modules = orms.map(async (name) => (await import(`./orms/${name}.ts`)) as { orm: Orm })
  return (await Promise.all(modules)).flatMap(({ orm }) => [
    ...(againstPlain.includes(orm.name) ? [plainAgainst(orm)] : []),
    pooledAgainst(orm),
  ])
}

function plainAgainst(orm: Orm): Row {
  return {
    row: `plain-vs-${orm.name}`,
    title: `point read through plain pg against ${orm.title}'s pattern`,
    goal: 3,
    async open(database) {
      const setting = await orm.withSetting(database.settingReach, database.schemas.setting)
      return {
        ours: () => {
          const { tenant, id } = pick(database)
          return database.asTenant(tenant, async () =>
            requireRows(await database.leased.query(itemSql, [id]), 1),
          )
        },
        peer: () => readOwn(database, setting.read),
        close: setting.close,
      }
    },
  }
}

function pooledAgainst(orm: Orm): Row {
  return {
    row: `${orm.name}-over-pool`,
    title: `point read, ${orm.title} over our pool against its pattern`,
    goal: 1.5,
    async open(database) {
      const setting = await orm.withSetting(database.settingReach, database.schemas.setting)
      const pooled = await orm.overPool(database.leased, database.schemas.service)
      return {
        ours: () => readOwn(database, (tenant, id) => database.asTenant(tenant, async () => pooled.read(id))),
        peer: () => readOwn(database, setting.read),
        async close() {
          await pooled.close()
          await setting.close()
        },
      }
    },
  }
}

type Read = (tenant: string, id: number) => Promise<{ readonly name: string } | null | undefined>

async function readOwn(database: BenchDatabase, read: Read): Promise<void> {
  const { tenant, id } = pick(database)
  const item = await read(tenant, id)
  if (item?.name !== itemName(tenant, id)) throw new Error(`not the item ${id} of ${tenant}: ${item?.name}`)
}

function pick({ random, sizes }: BenchDatabase): { tenant: string; id: number } {
  return { tenant: tenantName(random(sizes.tenants)), id: random(sizes.rowsPerTenant) }
}
