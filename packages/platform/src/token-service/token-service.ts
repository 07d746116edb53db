import type { FindKey } from '@tenantry/context'
import type { Directory } from '@tenantry/routing'
import type { AccessTokenVerifier } from '../access-token/verify-access-token.ts'
import type { ConfigPart } from '../process/config-parts.ts'
import type { WorkloadAuthenticator } from '../workload/authenticate-workload.ts'
import type { LeaseMasters } from './lease-masters.ts'
import type { TokenSigningKeys } from './token-signing-keys.ts'
import type { CentralRecord, WorkRecord } from './work-record.ts'

/** What the exchanges work with. */
export interface TokenService {
  readonly config: ConfigPart<'token-service'>
  readonly directory: Directory
  readonly workloads: WorkloadAuthenticator
  readonly accessTokens: AccessTokenVerifier
  /** What transaction tokens are signed with, and verified by. */
  readonly signingKeys: TokenSigningKeys
  readonly findEventKey: FindKey
  readonly leaseMasters: LeaseMasters
  /** Puts work that no request began on record; what it throws stops the work. */
  readonly recordWork: (record: WorkRecord) => void
  /** Puts central work on record; what it throws stops the work. */
  readonly recordCentral: (record: CentralRecord) => void
  /** How long a tenant key lives: 60 s unless this says less. */
  readonly tenantKeyLifetimeMs?: number
}
