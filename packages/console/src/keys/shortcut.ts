import { type PageName, pages } from '../routing/route.ts'

/** What a key on the page means; null for nothing of ours. */
export type Shortcut =
  | { readonly kind: 'go'; readonly page: PageName }
  | { readonly kind: 'search' | 'keys' | 'theme' | 'lead' }

/** The key as the browser names it, and whether `g` was pressed just before. */
export function shortcutOf(key: string, isAfterLead: boolean): Shortcut | null {
  if (isAfterLead) {
    const led = pages.find(({ letter }) => letter === key)
    if (led) return { kind: 'go', page: led.page }
  }
  const numbered = /^[1-9]$/.test(key) ? pages[Number(key) - 1] : undefined
  if (numbered) return { kind: 'go', page: numbered.page }
  if (key === 'g') return { kind: 'lead' }
  if (key === '/') return { kind: 'search' }
  if (key === '?') return { kind: 'keys' }
  return key === 'd' ? { kind: 'theme' } : null
}
