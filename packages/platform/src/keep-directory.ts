import type { WorkloadCredential } from '@tenantry/context'
import { type Directory, type DirectoryMessage, followDirectory } from '@tenantry/routing'
import type { WorkloadDocument } from './workload/workload-document.ts'

/** Keeps this process's directory current until `signal` aborts, and says in its log when the feed breaks. */
export function keepDirectory(
  directory: Directory,
  { directorySocket }: Pick<WorkloadDocument, 'directorySocket'>,
  options: {
    credential: WorkloadCredential
    signal: AbortSignal
    onMessage?: (message: DirectoryMessage) => void
  },
): void {
  void followDirectory(directory, {
    ...options,
    socketPath: directorySocket,
    onInterrupted: (error) =>
      console.error(`the directory feed was interrupted: ${(error as Error).message}`),
  })
}
