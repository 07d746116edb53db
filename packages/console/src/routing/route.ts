/** The console's pages, in the order of the navigation. */
export const pages = [
  { page: 'overview', title: 'Overview', letter: 'o' },
  { page: 'tenants', title: 'Tenants', letter: 't' },
  { page: 'map', title: 'Map', letter: 'm' },
  { page: 'requests', title: 'Requests', letter: 'r' },
  { page: 'isolation', title: 'Isolation', letter: 'i' },
  { page: 'events', title: 'Events', letter: 'e' },
] as const

export type PageName = (typeof pages)[number]['page']

/** Where the page is: `#/tenants/tenant-b?status=active`. */
export interface Route {
  readonly page: PageName
  /** One tenant's or one request's. */
  readonly id: string | null
  readonly query: Readonly<Record<string, string>>
}

/** Reads the fragment of an address. What names no page is the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?', 2)
  const [name, ...rest] = path.split('/')
  const page = pages.find((one) => one.page === name)?.page ?? 'overview'
  const id = rest.join('/')
  return {
    page,
    id: id === '' ? null : decode(id),
    query: Object.fromEntries(new URLSearchParams(search)),
  }
}

/** The fragment for a place, without what the query leaves empty. */
export function hrefTo(
  page: PageName,
  id?: string | null,
  query: Record<string, string | undefined> = {},
): string {
  const told = Object.entries(query).filter((field): field is [string, string] => Boolean(field[1]))
  const search = told.length > 0 ? `?${new URLSearchParams(told)}` : ''
  const path = page === 'overview' ? '' : page
  return `#/${path}${id ? `/${encodeURIComponent(id)}` : ''}${search}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
