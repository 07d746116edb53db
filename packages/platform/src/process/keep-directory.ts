import type { WorkloadCredential } from '@tenantry/context'
import { type Directory, type DirectoryMessage, followDirectory } from '@tenantry/routing'
import type { WorkloadDocument } from '../workload/workload-document.ts'

/**
 * Keeps this process's directory current until `signal` aborts, and says in its log when the feed breaks. Settles when the directory is known
 * for the first time: until then a process knows no one, and takes no other's place.
 */
export async function keepDirectory(
  directory: Directory,
  { directorySocket }: Pick<WorkloadDocument, 'directorySocket'>,
  options: {
    credential: WorkloadCredential
    signal: AbortSignal
    onMessage?: (message: DirectoryMessage) => void
  },
): Promise<void> {
  const known = Promise.withResolvers<void>()
  void followDirectory(directory, {
    ...options,
    onMessage: (message) => {
      options.onMessage?.(message)
      known.resolve()
    },
    socketPath: directorySocket,
    onInterrupted: (error) =>
      console.error(`the directory feed was interrupted: ${(error as Error).message}`),
  })
  await known.promise
}
