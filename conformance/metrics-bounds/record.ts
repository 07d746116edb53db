import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { type BoundsMeasured, bounds, broken } from './bounds.ts'

const page = 'docs/operating/metrics.md'
const [begin, end] = ['<!-- what was measured: npm run test:metrics-bounds -- --record -->', '<!-- end -->']

/** What was measured, as Markdown. */
export function describeBounds(measured: BoundsMeasured): string {
  const { tenants, processes, firstMiB, othersMiB, ledgersMiB, ledgersLaterMiB, pageMiB, pageLines, pageMs } =
    measured
  const counted = (number: number) => number.toLocaleString('en')
  return [
    `\`npm run test:metrics-bounds -- --record\`, ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores.`,
    '',
    `The meters of ${processes} processes and of the control plane, in one process, are told of ${counted(tenants)} tenants and then of as many others: requests by routes beyond number, ` +
      'events, usage, counters and instruments of a service that passes on what clients send, and gauges of all at once.',
    '',
    '| | measured | at most |',
    '|---|---|---|',
    `| heap that the first ${counted(tenants)} tenants add | ${firstMiB} MiB | ${bounds.firstMiB} MiB |`,
    `| heap that as many others add | ${othersMiB} MiB | ${bounds.othersMiB} MiB |`,
    `| heap of ${processes} ledgers, each with all tenants, while the hour lasts | ${ledgersMiB} MiB | by tenant |`,
    `| the same once it is over and was reported | ${ledgersLaterMiB} MiB | ${bounds.ledgersLaterMiB} MiB |`,
    `| the page: ${counted(pageLines)} series' lines | ${pageMiB} MiB | ${bounds.pageMiB} MiB |`,
    `| the time it takes, the longest of three | ${counted(pageMs)} ms | ${counted(bounds.pageMs)} ms |`,
    ...broken(measured).map((what) => `\n**${what}**`),
  ].join('\n')
}

/** Puts it into its place on the page. */
export function recordBounds(measured: BoundsMeasured): void {
  const text = readFileSync(page, 'utf8')
  const [before, rest = ''] = text.split(begin)
  writeFileSync(page, `${before}${begin}\n\n${describeBounds(measured)}\n\n${end}${rest.split(end)[1] ?? ''}`)
}
