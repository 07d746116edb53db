import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { rowsInView } from './rows-in-view.ts'

const rowHeight = 40

interface LongTableProps<T> {
  readonly label: string
  /** The row of headings. */
  readonly head: ReactNode
  readonly columns: number
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** The cells of a row; the link in them is what the arrow keys go to. */
  readonly children: (row: T) => ReactNode
}

/** A table of any length that draws the rows in view alone. */
export function LongTable<T>({ label, head, columns, rows, keyOf, children }: LongTableProps<T>) {
  const frame = useRef<HTMLElement>(null)
  const [place, setPlace] = useState({ scrolled: 0, height: 800 })
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const observer = new ResizeObserver(() => setPlace(placeOf(element)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const { first, end, before, after } = rowsInView({ count: rows.length, rowHeight, ...place })

  const step = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const row = (event.target as Element).closest('tr[aria-rowindex]')
    if (by === 0 || !row || !frame.current) return
    event.preventDefault()
    const next = by > 0 ? row.nextElementSibling : row.previousElementSibling
    next?.querySelector<HTMLElement>('a, button')?.focus()
  }

  return (
    <section
      ref={frame}
      className="long-table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
      tabIndex={0}
      aria-label={label}
      onScroll={({ currentTarget }) => setPlace(placeOf(currentTarget))}
      onKeyDown={step}
    >
      <table className="table" aria-rowcount={rows.length + 1}>
        <thead>{head}</thead>
        <tbody>
          {before > 0 && <Room height={before} columns={columns} />}
          {rows.slice(first, end).map((row, at) => (
            <tr key={keyOf(row)} aria-rowindex={first + at + 2}>
              {children(row)}
            </tr>
          ))}
          {after > 0 && <Room height={after} columns={columns} />}
        </tbody>
      </table>
    </section>
  )
}

function Room({ height, columns }: { height: number; columns: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
    <tr className="room" aria-hidden="true">
      <td colSpan={columns} style={{ height }} />
    </tr>
  )
}

function placeOf({ scrollTop, clientHeight }: Element): { scrolled: number; height: number } {
  return { scrolled: scrollTop, height: clientHeight }
}
