import { Store } from './store.ts'

export type Theme = 'system' | 'light' | 'dark'

const key = 'tenantry-theme'

/** What the operator chose; the system's until then. */
export const theme = new Store<Theme>(chosen())

/** Shows the page as chosen; to be called before it is drawn. */
export function applyTheme(): void {
  const root = document.documentElement
  if (theme.value === 'system') delete root.dataset.theme
  else root.dataset.theme = theme.value
}

export function chooseTheme(wanted: Theme): void {
  theme.set(wanted)
  applyTheme()
  try {
    if (wanted === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, wanted)
  } catch {
    // Without storage the choice holds as long as the page is open.
  }
}

/** From what is seen to the other one. */
export function switchTheme(): void {
  const isDark =
    theme.value === 'dark' || (theme.value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  chooseTheme(isDark ? 'light' : 'dark')
}

function chosen(): Theme {
  try {
    const kept = localStorage.getItem(key)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    return 'system'
  }
}
