import type { AdoptionPlan, AdoptionStatus } from '@tenantry/platform'
import { plainText } from './plain-text.ts'
import { bold, dim, green, red, yellow } from './styles.ts'
import { table } from './table.ts'

/** What adopting a database comes to: its tables, what stays open, the SQL, and the way back. */
export function adoptionPlan({ tables, gaps, statements, undo }: AdoptionPlan): string {
  const rows = tables.map(({ schema, name, column, type, rows: count }) => [
    plainText(`${schema}.${name}`),
    plainText(column),
    type,
    count < 0 ? dim('never analyzed') : `about ${count}`,
  ])
  const parts = [
    table([['table', 'tenant column', 'type', 'rows'].map(bold), ...rows]),
    ...(gaps.length > 0 ? [heading('not protected, or not wholly'), gapLines({ gaps })] : []),
    heading('SQL to review, after the schema `tenantry` with the check, its keys and its record'),
    statementLines(statements),
    heading('the way back, before the schema `tenantry` goes with its keys and roles: --undo'),
    statementLines(undo),
    `${green('✓')} nothing was changed ${dim('(--apply does it, in mode observe: everything runs as before)')}`,
  ]
  return parts.join('\n')
}

/** Each table that was adopted, and what it is held to; and what becomes of requests that are for no tenant. */
export function adoptedTable({ adopted, requests }: AdoptionStatus): string {
  if (adopted.length === 0) return dim('nothing of this database was adopted')
  const told = (mode: string) => (mode === 'enforce' ? green(mode) : yellow(mode))
  const rows = [
    ...adopted.map(({ schema, name, column, role, mode }) => [
      ...[`${schema}.${name}`, column, role].map(plainText),
      told(mode),
    ]),
    ...Object.entries(requests).map(([role, mode]) => [
      dim('requests for no tenant'),
      '',
      plainText(role),
      told(mode),
    ]),
  ]
  return table([['table', 'tenant column', 'role', 'mode'].map(bold), ...rows])
}

function heading(text: string): string {
  return `\n${bold(text)}`
}

function gapLines({ gaps }: Pick<AdoptionPlan, 'gaps'>): string {
  return gaps
    .map(
      ({ severity, object, why, mend }) =>
        `${severity === 'hole' ? red('hole') : yellow('weaker')} ${plainText(`${object}: ${why}`)}\n  ${bold('→')} ${mend}`,
    )
    .join('\n')
}

function statementLines(statements: readonly string[]): string {
  const lines = (text: string) => text.split('\n').map(plainText).join('\n  ')
  return statements.map((text) => `  ${lines(text).replace(/;$/, '')};`).join('\n')
}
