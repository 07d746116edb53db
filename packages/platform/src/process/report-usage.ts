import type { WorkloadCredential } from '@tenantry/context'
import { UsageLedger, UsageReporter } from '@tenantry/metrics'
import type { WorkloadDocument } from '../workload/workload-document.ts'

/** What a process adds up for its tenants, and who reports it. */
export interface ReportedLedger {
  readonly ledger: UsageLedger
  readonly reporter: UsageReporter
}

/** Makes the ledger of this process, reports it once a second, and says in its log when that is not possible. */
export function reportUsage(
  { directorySocket: socketPath }: Pick<WorkloadDocument, 'directorySocket'>,
  { credential, onTrouble }: { credential: WorkloadCredential; onTrouble: (reason: string) => void },
): ReportedLedger {
  const ledger = new UsageLedger()
  return { ledger, reporter: new UsageReporter({ ledger, socketPath, credential, onTrouble }) }
}
