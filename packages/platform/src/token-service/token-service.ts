import type { FindKey, PublicJwk, SigningKey } from '@tenantry/context'
import type { Directory, TenantryConfig } from '@tenantry/routing'
import type { AccessTokenVerifier } from '../access-token/verify-access-token.ts'

/** What the exchanges work with. */
export interface TokenService {
  readonly config: TenantryConfig
  readonly directory: Directory
  readonly accessTokens: AccessTokenVerifier
  /** Signs transaction tokens. */
  readonly signingKey: SigningKey
  /** The public keys of transaction tokens that may still live. */
  readonly publicKeys: readonly PublicJwk[]
  readonly findTransactionKey: FindKey
  readonly findEventKey: FindKey
  /** The master keys of leases, the current one first. */
  readonly leaseMasters: readonly [LeaseMaster, ...LeaseMaster[]]
}

/** What all databases' lease keys are derived from. */
export interface LeaseMaster {
  readonly kid: number
  readonly key: Buffer
}
