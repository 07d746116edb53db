import type { RolloutReport, RolloutStep } from '@tenantry/platform'
import { bold, dim, green, red } from './styles.ts'

/** One step of a rollout, for a person. */
export function rolloutLine({ process, did, ms }: RolloutStep): string {
  return `${green('✓')} ${did.padEnd(7)} ${process}${ms > 0 ? dim(` ${seconds(ms)}`) : ''}`
}

/** What holds now that a rollout is over. */
export function rolloutEnd({ state, steps, ms, failure, left }: RolloutReport): string {
  if (state !== 'failed' || !failure) {
    const renewed = steps.filter(({ did }) => did === 'renewed').length
    return `${green('✓')} the file holds, after ${seconds(ms)}; ${renewed} ${renewed === 1 ? 'process was' : 'processes were'} renewed`
  }
  const holds =
    left.length === 0
      ? 'the former configuration was put back, and holds'
      : `not all of the former configuration could be put back: ${left.join('; ')}`
  return [
    `${red('✗')} the file does not hold: ${failure.message} ${dim(`(${failure.code})`)}`,
    `  ${bold('→')} ${failure.help}`,
    `  ${holds}`,
  ].join('\n')
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
