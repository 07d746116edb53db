import { type TopColumn, topColumns } from './top-columns.ts'

/** What of the moment is shown, and how. */
export interface TopView {
  readonly sort: TopColumn
  /** Of tenants, those whose id has it in it. */
  readonly filter: string
  /** Whether keys are letters of the filter. */
  readonly isTyping: boolean
}

/** A key, as `node:readline` tells it. */
export interface PressedKey {
  readonly name?: string | undefined
  readonly sequence?: string | undefined
  readonly ctrl?: boolean | undefined
}

const filterMax = 40

/** The view after a key: `q` and Ctrl-C end it, `s` and arrows change what is sorted by, `/` begins a filter, Enter ends it, Escape takes it away. */
export function pressKey(view: TopView, { name, sequence = '', ctrl }: PressedKey): TopView | 'quit' {
  if (ctrl) return name === 'c' ? 'quit' : view
  if (name === 'escape') return { ...view, filter: '', isTyping: false }
  if (name === 'right') return { ...view, sort: columnBeside(view.sort, 1) }
  if (name === 'left') return { ...view, sort: columnBeside(view.sort, -1) }
  if (view.isTyping) return { ...view, ...type(view.filter, { name, sequence }) }
  if (sequence === 'q') return 'quit'
  if (sequence === 's') return { ...view, sort: columnBeside(view.sort, 1) }
  if (sequence === '/') return { ...view, isTyping: true }
  return view
}

function type(filter: string, { name, sequence = '' }: PressedKey): Pick<TopView, 'filter' | 'isTyping'> {
  if (name === 'return' || name === 'enter') return { filter, isTyping: false }
  if (name === 'backspace') return { filter: filter.slice(0, -1), isTyping: true }
  // Tenants' ids have no other letters.
  return {
    filter: /^[a-z0-9-]$/.test(sequence) ? (filter + sequence).slice(0, filterMax) : filter,
    isTyping: true,
  }
}

function columnBeside(column: TopColumn, by: 1 | -1): TopColumn {
  const names = Object.keys(topColumns) as TopColumn[]
  return names.at((names.indexOf(column) + by) % names.length) ?? column
}
