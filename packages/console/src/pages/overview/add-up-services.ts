import type { Snapshot } from '../../api/snapshot.ts'

/** What all deployments of one service do together. */
export interface ServiceFigures {
  readonly service: string
  readonly requestsPerSecond: number
  readonly errorsPerSecond: number
  /** Of the slowest deployment: percentiles do not add up. */
  readonly p95Ms: number | null
  readonly databaseMsPerSecond: number
  readonly cpuCores: number
}

/** The services' figures, by name; processes of no service go by their own. */
export function addUpServices(deployments: Snapshot['deployments']): readonly ServiceFigures[] {
  const services = new Map<string, ServiceFigures>()
  for (const one of deployments) {
    const service = one.service ?? one.id
    const known = services.get(service)
    services.set(service, {
      service,
      requestsPerSecond: (known?.requestsPerSecond ?? 0) + one.requestsPerSecond,
      errorsPerSecond: (known?.errorsPerSecond ?? 0) + one.errorsPerSecond,
      p95Ms: slower(known?.p95Ms ?? null, one.p95Ms),
      databaseMsPerSecond: (known?.databaseMsPerSecond ?? 0) + one.databaseMsPerSecond,
      cpuCores: (known?.cpuCores ?? 0) + one.cpuCores,
    })
  }
  return [...services.values()].sort((a, b) => (a.service < b.service ? -1 : 1))
}

function slower(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.max(a, b)
}
