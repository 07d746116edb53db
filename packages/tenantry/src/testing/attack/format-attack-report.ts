import { attackFamilies } from './attack-families.ts'
import type { AttackReport, Leak, ShownRequest } from './attack-report.ts'

const bodyShown = 300

/** The report as text for people: the leaks with the requests that show them, then what was and what was not tried. */
export function formatAttackReport(report: AttackReport): string {
  const { leaks, covered, unreached, showedNothing, families, seed, requests, tookMs } = report
  const head = leaks.length === 0 ? '✓ no leak' : `✗ ${leaks.length} ${leaks.length === 1 ? 'leak' : 'leaks'}`
  const all = covered.length + unreached.length
  const listed = (outcome: string) =>
    families.filter((run) => run.outcome === outcome).map(({ family }) => family)
  const notes = [
    ...unreached.map(({ operation, reason }) => `  not attacked: ${operation} (${reason})`),
    ...(showedNothing.length > 0 ? [`  never showed what was planted: ${showedNothing.join(', ')}`] : []),
    ...['unfinished', 'idle', 'skipped'].flatMap((outcome) => {
      const names = listed(outcome)
      return names.length > 0 ? [`  ${outcome}: ${names.join(', ')}`] : []
    }),
    ...(report.refusedForRate > 0
      ? [
          `  ${report.refusedForRate} requests were refused for their rate (429): give the tests a higher limit`,
        ]
      : []),
    ...(report.refusedForCredentials > 0
      ? [
          `  ${report.refusedForCredentials} requests of owners were refused (401): let \`headers\` make credentials anew`,
        ]
      : []),
    ...(report.unanswered > 0 ? [`  ${report.unanswered} requests were not answered`] : []),
  ]
  return [
    `${head}; ${covered.length} of ${all} operations attacked, ${requests} requests in ${(tookMs / 1000).toFixed(1)} s, seed ${seed}`,
    ...leaks.flatMap(formatLeak),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n')
}

function formatLeak({ family, operation, fact, request, seenIn, evidence }: Leak, at: number): string[] {
  return [
    '',
    `${at + 1}. ${operation} · ${family}: ${attackFamilies[family].about}`,
    `   ${fact}`,
    ...formatRequest(request).map((line) => `   ${line}`),
    ...(seenIn ? [`   then, as ${seenIn.as}: ${seenIn.method} ${seenIn.target}`] : []),
    `   ← ${evidence}`,
  ]
}

function formatRequest({ as, method, target, headers, body }: ShownRequest): string[] {
  const shownHeaders = headers.map(([name, value]) => `     ${name}: ${value}`)
  const cut = body !== undefined && body.length > bodyShown ? `${body.slice(0, bodyShown)}…` : body
  return [`→ ${method} ${target} as ${as}`, ...shownHeaders, ...(cut === undefined ? [] : [`     ${cut}`])]
}
