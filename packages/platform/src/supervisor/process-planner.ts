import type { ChildProcess } from 'node:child_process'
import type { TenantryConfig } from '@tenantry/routing'
import { type IssuedCredential, issueKey } from './issue-credential.ts'
import type { OutsideParts } from './outside-parts.ts'
import {
  type PlannedProcess,
  type PlatformParts,
  type PlatformProcess,
  planGateways,
  planPlatform,
} from './platform-processes.ts'

type SettledParts = Omit<PlatformParts, 'config' | 'credentialOf' | keyof OutsideParts>

const tokensAlone: readonly PlatformProcess[] = ['token-service', 'control-plane']
const platformProcesses: readonly PlatformProcess[] = ['identity-provider', ...tokensAlone, 'relay']

/**
 * Plans the platform's processes of one system by any configuration: all of them, or without the `whole` those alone that services need. A
 * process proves itself with one key, whatever it is planned by.
 */
export function processPlanner({
  whole,
  onSpawn,
  ...parts
}: SettledParts & {
  readonly whole: boolean
  readonly onSpawn: Partial<Record<PlatformProcess, (child: ChildProcess) => void>>
}): (config: TenantryConfig, outside: OutsideParts) => PlannedProcess[] {
  const credentials = new Map<string, IssuedCredential>()
  const credentialOf: PlatformParts['credentialOf'] = (workload) => {
    const issued = credentials.get(workload.id) ?? issueKey(workload)
    credentials.set(workload.id, issued)
    return issued
  }
  // A workload that does not run is none that could ask for a token.
  const ids = whole ? platformProcesses : tokensAlone
  return (config, outside) => {
    const all = { ...parts, ...outside, config, credentialOf }
    const platform = planPlatform(all)
    const planned = ids.map((id) => {
      const { plan, workload } = platform[id]
      return { workload, plan: { ...plan, ...(onSpawn[id] && { onSpawn: onSpawn[id] }) } }
    })
    return whole ? [...planned, ...planGateways(all)] : planned
  }
}
