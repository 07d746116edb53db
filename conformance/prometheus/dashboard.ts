import { readFileSync } from 'node:fs'

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
}

const chosen: Readonly<Record<string, string>> = {
  $__rate_interval: '15s',
  $tenant: '.*',
  $tier: '.*',
  $service: '.*',
}

function read(): Dashboard {
  return JSON.parse(readFileSync('docs/operating/prometheus/grafana-dashboard.json', 'utf8')) as Dashboard
}

/** The queries of a dashboard's panels, as Grafana asks them when everything is chosen. */
export function dashboardQueries(): { readonly title: string; readonly query: string }[] {
  return read().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      query: Object.entries(chosen).reduce((text, [name, value]) => text.replaceAll(name, value), expr),
    })),
  )
}

/** What may be chosen: each variable's series, and the label whose values it offers. */
export function dashboardVariables(): {
  readonly name: string
  readonly series: string
  readonly label: string
}[] {
  return read().templating.list.flatMap(({ name, definition = '' }) => {
    const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? []
    return label ? [{ name, series: series.replace('$tenant', '.*'), label }] : []
  })
}
