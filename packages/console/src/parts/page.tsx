import { type ReactNode, useEffect } from 'react'

interface PageProps {
  readonly title: string
  /** Above the title: where this page lies. */
  readonly above?: ReactNode
  readonly badges?: ReactNode
  readonly hint?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page's head and content; names the browser's tab as well. */
export function Page({ title, above, badges, hint, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Tenantry`
  }, [title])
  return (
    <>
      <header className="page-head">
        <div className="page-title">
          {above !== undefined && (
            <nav aria-label="Breadcrumb" className="breadcrumb">
              {above}
            </nav>
          )}
          <h1 tabIndex={-1}>{title}</h1>
          {badges}
          {hint !== undefined && <span className="page-hint">{hint}</span>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  )
}
