/**
 * Merges Prometheus text pages of several processes into one in which each metric family stands once, as the format
 * requires. Every sample says which service and deployment it is of, so that none collide.
 */
export function mergeMetrics(pages: readonly string[]): string {
  const families = new Map<string, { head: Map<string, string>; samples: string[] }>()
  for (const page of pages) {
    let current: { head: Map<string, string>; samples: string[] } | undefined
    for (const line of page.split('\n')) {
      const [, keyword, name] = /^# (HELP|UNIT|TYPE) (\S+)/.exec(line) ?? []
      if (keyword && name) {
        current = families.get(name) ?? { head: new Map(), samples: [] }
        families.set(name, current)
        if (!current.head.has(keyword)) current.head.set(keyword, line)
      } else if (line !== '' && !line.startsWith('#')) {
        current?.samples.push(line)
      }
    }
  }
  return [...families.values()]
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ head, samples }) => [...head.values(), ...samples, ''])
    .join('\n')
}
