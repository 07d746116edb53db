import { readFileSync } from 'node:fs'

/** The types of metrics by name, as the table of docs/operating/metrics.md has them. */
export function documentedMetrics(): Map<string, string> {
  const page = readFileSync('docs/operating/metrics.md', 'utf8')
  return new Map(
    [...page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name = '', type = '']) => [name, type]),
  )
}

/** The types of metrics by name, as a page in Prometheus' text format has them. */
export function shownMetrics(page: string): Map<string, string> {
  return new Map([...page.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]))
}
