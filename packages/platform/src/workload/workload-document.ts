import type { WorkloadIdentity } from '@tenantry/context'

/** What every process is started with, on an inherited descriptor: who it is, and where it finds the others. */
export interface WorkloadDocument extends WorkloadIdentity {
  readonly trustDomain: string
  readonly tokenServiceSocket: string
  readonly directorySocket: string
  readonly operatorSocket: string
}
