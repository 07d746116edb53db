import type { Scope } from '@tenantry/context'
import type { BodyCount } from './body-count.ts'

/** Runs what belongs to a request: in the scope of its tenant, or outside every scope where it may go without one. */
export type RequestRun = <T>(work: () => T) => T

/** A request that may be handled. */
export interface Admission {
  /** `undefined` for an open path, and for one that is let in without a tenant. */
  readonly scope: Scope | undefined
  readonly run: RequestRun
  /** The workload that called; `undefined` for one that is not known. */
  readonly caller: string | undefined
  /** What its bodies hold, as they pass; where that is added up. */
  readonly bodies?: BodyCount | undefined
  /** Why it would be refused, were it not for a database that is still being adopted. */
  readonly overlooked: { readonly code: string; readonly loud: boolean } | undefined
}
