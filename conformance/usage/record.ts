import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { patterns, shareOf } from './processor-time.ts'
import type { UsageRun } from './run-usage.ts'

const page = 'docs/operating/usage.md'
const [begin, end] = ['<!-- what was measured: npm run test:usage -- --record -->', '<!-- end -->']

/** What was found out, as Markdown. */
export function describeRun(run: UsageRun): string {
  const { requests, tenants, differences, killed, processorTime } = run
  const counted = (count: number) => count.toLocaleString('en')
  const kills = killed.map(
    ({ name, requests: sent, unknown, lost, bound }) =>
      `| \`${name}\` | ${counted(sent)} | ${unknown} | ${lost} | ${bound} |`,
  )
  const estimates = processorTime.map(({ pattern, tenant, truthMs, estimateMs }) => {
    const error = ((estimateMs / truthMs - 1) * 100).toFixed(0)
    return `| ${pattern} | ${tenant} | ${truthMs} | ${estimateMs.toFixed(0)} | ${error} % |`
  })
  const shares = patterns.map(
    (pattern) => `${pattern} ${(shareOf(processorTime, pattern) * 100).toFixed(1)} %`,
  )
  return [
    `\`npm run test:usage -- --record\`, ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores.`,
    '',
    `${counted(requests)} requests by ${tenants} tenants, with bodies, answers, statements and events of known number and size: ` +
      `**${differences.length} figures differ** from the truth, of requests, errors, bytes both ways, statements and events, at the gateway and in the service.`,
    ...differences
      .slice(0, 20)
      .map((one) => `- ${one.tenant}, ${one.figure}: ${one.counted}, not ${one.truth}`),
    '',
    '| killed meanwhile | requests | unknown to their sender | counted fewer than answered | at most, by the bound |',
    '|---|---|---|---|---|',
    ...kills,
    '',
    '| two tenants compute 1 : 4 | tenant | known ms | estimated ms | error |',
    '|---|---|---|---|---|',
    ...estimates,
    '',
    'What is known is the computing alone: the way of each request through the process comes on top, and is its tenant’s own. ' +
      `Of the computing the first tenant's share is 20 %; by the estimate it is ${shares.join(', ')}.`,
  ].join('\n')
}

/** Puts it into its place on the page. */
export function recordRun(run: UsageRun): void {
  const text = readFileSync(page, 'utf8')
  const [before, rest = ''] = text.split(begin)
  writeFileSync(page, `${before}${begin}\n\n${describeRun(run)}\n\n${end}${rest.split(end)[1] ?? ''}`)
}

/** True when all that is promised holds. */
export function holds({ differences, killed }: UsageRun): boolean {
  return (
    differences.length === 0 && killed.every(({ lost, bound, unknown }) => lost <= bound && lost >= -unknown)
  )
}
