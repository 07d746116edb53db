import { type ReactNode, useId } from 'react'

interface PanelProps {
  readonly title: string
  /** Beside the title, quieter. */
  readonly hint?: ReactNode
  readonly actions?: ReactNode
  /** Lets its content reach the edges, as tables do. */
  readonly isFlush?: boolean
  readonly children: ReactNode
}

/** A part of a page with a title of its own. */
export function Panel({ title, hint, actions, isFlush = false, children }: PanelProps) {
  const heading = useId()
  return (
    <section className={`panel ${isFlush ? 'is-flush' : ''}`} aria-labelledby={heading}>
      <header className="panel-head">
        <h2 id={heading}>{title}</h2>
        {hint !== undefined && <span className="panel-hint">{hint}</span>}
        {actions !== undefined && <span className="panel-actions">{actions}</span>}
      </header>
      {children}
    </section>
  )
}
