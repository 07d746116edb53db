import type { ExplainedHop, Explanation } from '@tenantry/platform'
import { plainText } from './plain-text.ts'
import { bold, dim, green, red, yellow } from './styles.ts'
import { table } from './table.ts'

const barWidth = 24

/** Why a request went as it did, and a line for each of its hops with a bar for its time. */
export function explainScreen(explanation: Explanation): string {
  const { hops, complete, unread } = explanation
  const lines = [table(factsOf(explanation)), '', timeLine(hops)]
  if (!complete) lines.push(dim('there is more than is shown'))
  if (unread.length > 0) lines.push(`${yellow('not read')}: ${unread.join(', ')} (what they did is missing)`)
  return lines.join('\n')
}

function factsOf(explanation: Explanation): string[][] {
  const { request, trace, at, ms, asked, status, tenant, placement } = explanation
  const path = asked && [asked.method, asked.route].filter(Boolean).join(' ')
  const facts: (readonly [string, string | null | undefined])[] = [
    ['request', plainText(request)],
    ['trace', trace],
    ['at', `${at}, ${ms} ms`],
    ['asked', asked?.ingress ? `${path} ${dim(`(by ${asked.ingress})`)}` : path],
    ['answer', answerOf(explanation, status)],
    ['resolved', resolutionOf(explanation)],
    ['tenant', tenant && `${tenant.id} ${dim(`(${tenant.tier ?? 'of no tier that was looked up'})`)}`],
    [
      'placed',
      placement && `${placement.deployment} ${dim(`by ${placement.routedBy} and ${placement.placedBy}`)}`,
    ],
  ]
  return facts.flatMap(([name, fact]) => (fact ? [[bold(name), fact]] : []))
}

function answerOf({ refusal }: Explanation, status: number | null): string | null {
  if (status === null) return null
  if (!refusal) return status < 400 ? green(String(status)) : red(String(status))
  const { code, by, limit, setting } = refusal
  const unit = limit?.by === 'rate' ? 'requests/s' : 'requests at once'
  const reasons = [`by ${by}`, limit && `over ${limit.max} ${unit}`, setting && `see ${setting}`]
  return `${red([status, code].filter(Boolean).join(' '))} ${dim(`(${reasons.filter(Boolean).join(', ')})`)}`
}

function resolutionOf({ identity }: Explanation): string | null {
  if (!identity) return null
  const { resolvedBy, addressed, issuer, claims } = identity
  const names = claims && Object.values(claims).map((name) => [name].flat().join('.'))
  const parts = [
    ...(addressed ? [`${addressed} by ${resolvedBy.join(' and ')}`] : []),
    issuer ? `token of ${issuer} ${dim(`(${names?.join(', ')})`)}` : 'by no token that was verified',
  ]
  return parts.join('; ')
}

function timeLine(hops: readonly ExplainedHop[]): string {
  const endMs = Math.max(1, ...hops.map(({ offsetMs, ms }) => offsetMs + ms))
  const rows = hops.map((hop) => [
    hop.offsetMs.toFixed(1).padStart(8),
    hop.ms > 0 ? hop.ms.toFixed(1).padStart(7) : '',
    barOf(hop, endMs),
    hop.process,
    whatOf(hop),
  ])
  return table([['at ms'.padStart(8), 'took'.padStart(7), '', 'by', 'what'].map(bold), ...rows])
}

function barOf({ offsetMs, ms }: ExplainedHop, endMs: number): string {
  const column = (at: number) =>
    Math.min(barWidth - 1, Math.max(0, Math.round((at / endMs) * (barWidth - 1))))
  const [from, to] = [column(offsetMs), column(offsetMs + ms)]
  return ' '.repeat(from) + (ms > 0 ? '━'.repeat(to - from + 1) : '•')
}

function whatOf(hop: ExplainedHop): string {
  switch (hop.kind) {
    case 'gateway':
      return `${hop.method} ${hop.route ?? ''} → ${statusOf(hop)}`
    case 'service': {
      const what =
        hop.event && hop.caller === 'relay'
          ? `handled ${plainText(hop.event.type)}`
          : `${hop.method} ${plainText(hop.route)}`
      return `${what} → ${statusOf(hop)}${hop.caller ? dim(` from ${hop.caller}`) : ''}`
    }
    case 'emitted':
      return `emitted ${plainText(hop.event.type)} ${dim(plainText(hop.event.id))}`
    case 'stored':
      return `stored ${plainText(hop.event.type)} on the bus`
    case 'delivered': {
      const attempt = hop.attempt > 1 ? ` (attempt ${hop.attempt})` : ''
      const outcome = hop.outcome === 'done' ? green(hop.outcome) : yellow(hop.outcome)
      return `delivered ${plainText(hop.event.type)} to ${hop.deployment ?? hop.service}: ${outcome}${attempt}`
    }
  }
}

function statusOf({ status, code }: { status: number; code?: string | undefined }): string {
  const text = [status, code].filter(Boolean).join(' ')
  return status < 400 ? green(text) : red(text)
}
