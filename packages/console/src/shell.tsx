import { type ReactNode, useEffect, useState } from 'react'
import { connection } from './api/connection.ts'
import { type Operator, signOut } from './api/session.ts'
import { KeysDialog } from './keys/keys-dialog.tsx'
import { useShortcuts } from './keys/use-shortcuts.ts'
import { followLive } from './live/live-store.ts'
import { LiveState } from './parts/live-state.tsx'
import { Mark } from './parts/mark.tsx'
import { Navigation } from './parts/navigation.tsx'
import { ThemeSwitch } from './parts/theme-switch.tsx'
import type { PageName } from './routing/route.ts'
import { useStore } from './store.ts'

interface ShellProps {
  readonly current: PageName
  readonly operator: Operator | null
  readonly children: ReactNode
}

/** What stands around every page: navigation, who is signed in, and whether the control plane is there. */
export function Shell({ current, operator, children }: ShellProps) {
  const [areKeysShown, setKeysShown] = useState(false)
  const { state } = useStore(connection)
  useShortcuts(() => setKeysShown(true))
  useEffect(followLive, [])
  return (
    <>
      <button type="button" className="skip-link" onClick={() => document.getElementById('content')?.focus()}>
        Skip to content
      </button>
      <div className="shell">
        <aside className="sidebar">
          <p className="wordmark">
            <Mark /> Tenantry
          </p>
          <Navigation current={current} />
          <div className="sidebar-foot">
            <LiveState />
            <ThemeSwitch />
            <button type="button" className="text-button" onClick={() => setKeysShown(true)}>
              Keys <kbd>?</kbd>
            </button>
            {operator && (
              <p className="operator">
                <span title={operator.subject}>{operator.name}</span>
                <button
                  type="button"
                  className="text-button"
                  onClick={() => void signOut().finally(() => location.reload())}
                >
                  Sign out
                </button>
              </p>
            )}
          </div>
        </aside>
        <main id="content" tabIndex={-1} className="content">
          {state === 'away' && (
            <p className="banner" role="status">
              The control plane does not answer. What is shown is what was last known; this page goes on by
              itself.
            </p>
          )}
          {children}
        </main>
      </div>
      {areKeysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </>
  )
}
