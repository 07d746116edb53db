import type { ClientBase } from 'pg'

const nameBytesMax = 63

/**
 * The name that PostgreSQL would give a constraint or an index of these columns: `table_column_key`, cut to fit, and
 * numbered where it is taken and not in `free`. Services name them in `on conflict on constraint` and find them in errors.
 */
export async function chooseObjectName(
  client: ClientBase,
  schema: string,
  { table, columns, label }: { table: string; columns: readonly string[]; label: string },
  free: readonly string[] = [],
): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select conname as name from pg_constraint where connamespace = $1::regnamespace
     union select relname from pg_class where relnamespace = $1::regnamespace`,
    [schema],
  )
  const taken = new Set(rows.map(({ name }) => name))
  for (let count = 0; ; count++) {
    const name = fit(table, columns.join('_'), count === 0 ? label : `${label}${count}`)
    if (!taken.has(name) || free.includes(name)) return name
  }
}

function fit(table: string, columns: string, label: string): string {
  let [first, second] = [table, columns]
  const size = () => Buffer.byteLength([first, second, label].filter(Boolean).join('_'))
  while (size() > nameBytesMax) {
    if (Buffer.byteLength(first) > Buffer.byteLength(second)) first = first.slice(0, -1)
    else second = second.slice(0, -1)
  }
  return [first, second, label].filter(Boolean).join('_')
}
