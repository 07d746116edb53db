import type { Plan, PlannedDifference, PlannedMove, Refusal, TenantsConcerned } from '@tenantry/platform'
import { bold, dim, green, red, yellow } from './styles.ts'
import { table } from './table.ts'

const valueLengthMax = 40

/** A plan for a person: what differs, who would have what elsewhere, what is refused and why, and what is next. */
export function planReport(plan: Plan): string {
  const parts = [differenceTable(plan.differences), moveTable(plan.moves), refusals(plan), verdict(plan)]
  return parts.filter(Boolean).join('\n\n')
}

function differenceTable(differences: readonly PlannedDifference[]): string {
  if (differences.length === 0) return ''
  const rows = differences.map(({ path, before, after, tenants, refused, restart }) => {
    const mark = before === undefined ? green('+') : after === undefined ? red('-') : yellow('~')
    return [
      mark,
      path,
      describeValue(before),
      describeValue(after),
      describeTenants(tenants),
      state(refused, restart),
    ]
  })
  return table([['', 'setting', 'in force', 'in the file', 'tenants', ''].map(bold), ...rows])
}

function moveTable(moves: readonly PlannedMove[]): string {
  if (moves.length === 0) return ''
  const rows = moves.map(({ tier, service, from, to, tenants, refused }) => [
    tier,
    service,
    from ?? dim('new'),
    to,
    describeTenants(tenants),
    state(refused),
  ])
  return table([['tier', 'service', 'from', 'to', 'tenants', ''].map(bold), ...rows])
}

function refusals({ differences, moves }: Plan): string {
  return [...differences, ...moves]
    .flatMap(({ refused }) => (refused ? [refused] : []))
    .map(
      ({ code, message, help }) => `${red('refused')} ${message} ${dim(`(${code})`)}\n  ${bold('→')} ${help}`,
    )
    .join('\n')
}

function verdict({ outcome, differences }: Plan): string {
  if (outcome === 'nothing') return `${green('✓')} the file says what is in force`
  if (outcome === 'refused') return `${red('✗')} the system does not start with this file`
  const settled = differences.filter(({ restart }) => restart).map(({ path }) => `\`${path}\``)
  return settled.length === 0
    ? `${yellow('~')} \`npx tenantry apply\` makes it so while the system runs`
    : `${yellow('~')} the system has this from its next start on: ${settled.join(', ')} cannot change while it runs`
}

function state(refused: Refusal | null, restart = false): string {
  return refused ? red('refused') : restart ? yellow('restart') : ''
}

function describeTenants({ count, first }: TenantsConcerned): string {
  if (count === 0) return dim('none')
  return `${count}: ${first.join(', ')}${count > first.length ? ', …' : ''}`
}

function describeValue(value: unknown): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > valueLengthMax ? `${text.slice(0, valueLengthMax - 1)}…` : text
}
