const key = 'tenantry-place'

/** Remembers where the page is while the operator signs in elsewhere: an address’s fragment does not come back. */
export function keepPlace(): void {
  if (location.hash) sessionStorage.setItem(key, location.hash)
}

/** Goes back to where the page was before its operator signed in; to be called before it is drawn. */
export function returnToPlace(): void {
  const hash = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  if (hash && !location.hash) history.replaceState(null, '', hash)
}
