import { stripVTControlCharacters } from 'node:util'

/** Lays rows out in columns, each as wide as its widest cell; cells may hold colours. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const width = (cell: string) => stripVTControlCharacters(cell).length
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, index) =>
    Math.max(...rows.map((row) => width(row[index] ?? ''))),
  )
  const line = (row: readonly string[]) =>
    row.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - width(cell))).join('  ')
  return rows.map((row) => `${indent}${line(row)}`.trimEnd()).join('\n')
}
