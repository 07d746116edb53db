const head =
  /^# (?:HELP [A-Za-z_:][\w:]* (?:[^\\]|\\[\\n])*|TYPE [A-Za-z_:][\w:]* (?:counter|gauge|histogram|summary|untyped))$/
const sample = /^([A-Za-z_:][\w:]*)\{(.*?)(,le="[-+\w.]+")?\} (?:[-+]?\d[\d.]*(?:e[-+]?\d+)?|NaN|[-+]Inf)$/
const wellFormed = /^(?:[A-Za-z_]\w*="(?:[^"\\]|\\["\\n])*"(?:,|$))*$/
const pair = /([A-Za-z_]\w*)="((?:[^"\\]|\\["\\n])*)"/g
const suffix = /_(?:bucket|sum|count)$/
/** What the control plane alone tells, of reports that it has checked. */
const controlPlanes = /^tenantry_(?:usage|tenant|events_waiting|events_oldest)(?:_|$)/

/**
 * The lines of a process's Prometheus page that are well-formed and samples of its own, each under its own family's head. Whoever reads the page of all refuses
 * it whole for one line that is none.
 */
export function ownSamples(workload: string, page: string): string {
  let family = ''
  let series = ''
  let isOwn = false
  const kept = page.split('\n').filter((line) => {
    if (line.startsWith('#')) {
      family = line.split(' ', 3)[2] ?? ''
      return head.test(line) && !controlPlanes.test(family)
    }
    const [, name = '', labels = '', last = ''] = sample.exec(line) ?? []
    if (name === '' || (name !== family && name.replace(suffix, '') !== family)) return false
    // A histogram's lines are of one series, but for the bucket at the end.
    if (labels !== series) {
      series = labels
      isOwn = isOf(workload, labels)
    }
    return isOwn && !controlPlanes.test(name) && (last === '' || !/(^|,)le="/.test(labels))
  })
  return kept.join('\n')
}

function isOf(workload: string, told: string): boolean {
  if (!wellFormed.test(told)) return false
  const seen = new Map<string, string>()
  for (const [, label = '', value = ''] of told.matchAll(pair)) {
    if (seen.has(label)) return false
    seen.set(label, value)
  }
  return seen.get('tenantry_deployment') === workload
}
