import { useEffect, useRef } from 'react'
import { goTo } from '../routing/use-route.ts'
import { switchTheme } from '../theme.ts'
import { shortcutOf } from './shortcut.ts'

const leadMs = 1_200

/** Takes keys that are pressed outside of fields and dialogs. */
export function useShortcuts(showKeys: () => void): void {
  const ledAtMs = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const take = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target))
        return
      const shortcut = shortcutOf(event.key, event.timeStamp - ledAtMs.current < leadMs)
      ledAtMs.current = shortcut?.kind === 'lead' ? event.timeStamp : Number.NEGATIVE_INFINITY
      if (!shortcut || shortcut.kind === 'lead') return
      event.preventDefault()
      if (shortcut.kind === 'go') goTo(shortcut.page)
      else if (shortcut.kind === 'keys') showKeys()
      else if (shortcut.kind === 'theme') switchTheme()
      else focusSearch()
    }
    addEventListener('keydown', take)
    return () => removeEventListener('keydown', take)
  }, [showKeys])
}

function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]')) return true
  return (
    target instanceof HTMLElement && target.closest('input:not([type=checkbox]), select, textarea') !== null
  )
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('input[type=search]')
  field?.focus()
  field?.select()
}
