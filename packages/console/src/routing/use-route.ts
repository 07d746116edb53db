import { useSyncExternalStore } from 'react'
import { hrefTo, type PageName, parseRoute, type Route } from './route.ts'

let read: { hash: string; route: Route } | undefined

/** Where the page is, and a new rendering when that changes. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, currentRoute)
}

/** Goes to another place, as a link there would. */
export function goTo(...place: Parameters<typeof hrefTo>): void {
  location.hash = hrefTo(...place)
}

/** Changes the query where the page is, without a step in the history: it is what a filter says. */
export function setQuery(changes: Record<string, string | undefined>): void {
  const { page, id, query } = currentRoute()
  history.replaceState(null, '', hrefTo(page as PageName, id, { ...query, ...changes }))
  dispatchEvent(new HashChangeEvent('hashchange'))
}

function currentRoute(): Route {
  if (read?.hash !== location.hash) read = { hash: location.hash, route: parseRoute(location.hash) }
  return read.route
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}
