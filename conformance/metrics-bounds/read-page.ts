import { otherTenants } from '../../packages/metrics/src/tenant-labels.ts'

const sample = /^([A-Za-z_:][\w:]*)\{((?:[A-Za-z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\} (\S+)$/
const label = /(\w+)="((?:[^"\\]|\\["\\n])*)"/g

/** What a page in Prometheus' text format has of lines, tenants and requests. */
export function readPage(page: string) {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const named = new Map<string, Set<string>>()
  const shown = new Set<string>()
  let malformed = 0
  let requestsTold = 0
  for (const line of lines) {
    const [, name = '', labels = '', value] = sample.exec(line) ?? []
    const pairs = [...labels.matchAll(label)].map(([, key = '', text = '']) => [key, text] as const)
    const of = new Map(pairs)
    if (!name || of.size < pairs.length || Number.isNaN(Number(value))) malformed++
    if (name === 'http_server_request_duration_seconds_count') {
      requestsTold += Number(value)
      shown.add(of.get('tenantry_deployment') ?? '')
    }
    const tenant = of.get('tenant_id')
    if (tenant === undefined || tenant === otherTenants) continue
    // Instruments of the SDK keep the series of those who had a place; gauges and series of our own do not.
    if (!/^(http_|tenantry_usage_requests|tenantry_events_waiting)/.test(name)) continue
    const key = `${name} ${name.startsWith('http') ? of.get('tenantry_deployment') : ''}`
    named.set(key, (named.get(key) ?? new Set()).add(tenant))
  }
  const most = Math.max(0, ...[...named.values()].map((tenants) => tenants.size))
  return { pageLines: lines.length, malformed, requestsTold, named: most, shown: shown.size }
}
