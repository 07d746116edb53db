/** Throws unless the statement touched this many rows: a wrong answer is quick, and no measurement. */
export function requireRows({ rowCount }: { rowCount: number | null }, expected: number): void {
  if (rowCount !== expected) throw new Error(`${rowCount} rows where there should be ${expected}`)
}
