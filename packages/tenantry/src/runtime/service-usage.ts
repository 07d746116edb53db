import type { IncomingMessage, ServerResponse } from 'node:http'
import { observeScopes, readContext, type Tenant, type WorkloadCredential } from '@tenantry/context'
import type { StatementObserver } from '@tenantry/isolation'
import { LoopShares, outside, UsageLedger, UsageReporter } from '@tenantry/metrics'
import { emissions } from '@tenantry/propagation'
import type { Admission } from './admission.ts'
import type { AnsweredRequest } from './answered-request.ts'
import { type BodyCount, countBodies } from './body-count.ts'
import type { RuntimeDocument } from './runtime-document.ts'

/** What a deployment adds up for its tenants. */
export interface ServiceUsage {
  readonly ledger: UsageLedger
  /** Is told of statements. */
  readonly statements: StatementObserver
  /** To be called when a call to another service goes out. */
  noteCall(tenant: Tenant): void
  /** To be called as soon as a request is there. */
  countBodies(request: IncomingMessage, response: ServerResponse): BodyCount
  /** Adds a request that was admitted into a scope. */
  addRequest(admission: Admission, answered: Pick<AnsweredRequest, 'status' | 'durationS'>): void
  /** Reports a last time. */
  stop(): Promise<void>
}

/** Adds up what this process does for its tenants from now on, and reports it to the control plane. */
export function startServiceUsage(
  document: Pick<RuntimeDocument, 'deployment' | 'directorySocket'>,
  credential: WorkloadCredential,
): ServiceUsage {
  const ledger = new UsageLedger()
  const shares = new LoopShares(ledger)
  const reporter = new UsageReporter({
    ...{ ledger, credential, socketPath: document.directorySocket },
    onCollect: () => shares.mark(undefined),
    onTrouble: (reason) => console.error(`${document.deployment}: ${reason}`),
  })
  observeScopes(({ context }) => shares.mark(context.tenant.id))
  emissions.subscribe(() => {
    const context = readContext()
    if (context) ledger.addEvent(context.tenant.id, 'emitted')
  })
  return {
    ledger,
    statements: {
      asked: ({ id }: Tenant) => shares.depart(id),
      answered: ({ id }: Tenant, ms, rows) => {
        shares.mark(id)
        ledger.addStatement(id, ms, rows)
      },
    },
    noteCall: ({ id }) => shares.depart(id),
    countBodies(request, response) {
      // Until its token was read, nobody knows whose work it is.
      shares.mark(undefined)
      return countBodies(request, response, () => {
        const tenant = readContext()?.tenant.id
        if (tenant !== undefined) shares.depart(tenant)
      })
    },
    addRequest({ scope, caller, bodies }, { status, durationS }) {
      if (!scope) return
      const { bytesIn = 0, bytesOut = 0 } = bodies ?? {}
      const { tenant } = scope.context
      ledger.addRequest(tenant.id, {
        status,
        limited: false,
        durationMs: durationS * 1000,
        bytesIn,
        bytesOut,
      })
      ledger.addCaller(caller ?? outside)
    },
    stop: () => reporter.stop(),
  }
}
