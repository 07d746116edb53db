import type { JsonWebKey } from 'node:crypto'

/** What every process is started with, on an inherited descriptor: who it is, and where it finds the others. */
export interface WorkloadDocument {
  readonly workload: string
  /** The private key it signs its assertions with. */
  readonly key: JsonWebKey
  readonly trustDomain: string
  readonly tokenServiceSocket: string
  readonly directorySocket: string
  readonly operatorSocket: string
}
