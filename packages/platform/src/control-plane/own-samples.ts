const head =
  /^# (?:HELP [A-Za-z_:][\w:]* (?:[^\\]|\\[\\n])*|TYPE [A-Za-z_:][\w:]* (?:counter|gauge|histogram|summary|untyped))$/
const sample =
  /^([A-Za-z_:][\w:]*)\{((?:[A-Za-z_]\w*="(?:[^"\\]|\\["\\n])*",?)*)\} (?:[-+]?\d[\d.]*(?:e[-+]?\d+)?|NaN|[-+]Inf)$/
const labels = /([A-Za-z_]\w*)="((?:[^"\\]|\\["\\n])*)"/g
const suffix = /_(?:bucket|sum|count)$/
/** What the control plane alone tells, of reports that it has checked. */
const controlPlanes = /^tenantry_(?:usage|tenant|events_waiting|events_oldest)(?:_|$)/

/**
 * The lines of a process's Prometheus page that are well-formed and samples of its own, each under its own family's head. Whoever reads the page of all refuses
 * it whole for one line that is none.
 */
export function ownSamples(workload: string, page: string): string {
  let family = ''
  const kept = page.split('\n').filter((line) => {
    if (line.startsWith('#')) {
      family = line.split(' ', 3)[2] ?? ''
      return head.test(line) && !controlPlanes.test(family)
    }
    const [, name = '', told = ''] = sample.exec(line) ?? []
    if (name === '' || (name !== family && name.replace(suffix, '') !== family)) return false
    return !controlPlanes.test(name) && isOf(workload, told)
  })
  return kept.join('\n')
}

function isOf(workload: string, told: string): boolean {
  const seen = new Map<string, string>()
  for (const [, label = '', value = ''] of told.matchAll(labels)) {
    if (seen.has(label)) return false
    seen.set(label, value)
  }
  return seen.get('tenantry_deployment') === workload
}
