/** Whom a workload proves itself to: one of the platform's processes, or a service that it calls. No two have one name. */
export type WorkloadAudience = 'token-service' | 'control-plane' | `service/${string}`

/** Gives the live credential with which this workload proves itself to one audience. It is good for no other. */
export type WorkloadCredential = (audience: WorkloadAudience) => string

/** The audience of callers of a service. */
export function serviceAudience(service: string): WorkloadAudience {
  return `service/${service}`
}
