/**
 * Who is this work for? The hall of the house: every other room imports this one, and it imports none.
 * @module
 */

export { activeTenantHeader, readBearerToken } from './bearer-token.ts'
export { type CallerVerifier, callerHeader, callerRefused, createCallerVerifier } from './caller-verifier.ts'
export {
  type ErrorAnswer,
  errorAnswer,
  isTenantryError,
  TenantryError,
  type TenantryErrorOptions,
} from './errors.ts'
export { signEs256, verifyEs256 } from './es256.ts'
export { type GatherOptions, gather } from './gather.ts'
export { readInheritedDocument } from './inherited-document.ts'
export { type FindKey, peekKid, peekType, type SigningKey, signJws, verifyJws } from './jws.ts'
export {
  type CentralContext,
  CentralScope,
  leaveScope,
  observeScopes,
  readCentralScope,
  readContext,
  readScope,
  refuseCentral,
  requireContext,
  requireScope,
  runAndClose,
  runInScope,
  Scope,
  type ScopeKeeper,
} from './scope.ts'
export { generateSigningJwk, keyFinder, type PublicJwk, publicJwk, readSigningKey } from './signing-key.ts'
export type { EventOrigin, Tenant, TenantContext, User } from './tenant-context.ts'
export { isTenantId, requireTenantId } from './tenant-id.ts'
export { createTokenKeeper } from './token-keeper.ts'
export type {
  Caller,
  CentralKeyAnswer,
  LeaseKeyState,
  TenantKeyAnswer,
  TokenKeyState,
} from './token-service-answers.ts'
export {
  clientAssertionType,
  createTokenServiceClient,
  exchangePending,
  type LeaseKeyStep,
  type TokenServiceClient,
  tokenExchangeGrant,
  tokenTypes,
} from './token-service-client.ts'
export { createTokenVerifier, type TokenVerifier } from './token-verifier.ts'
export {
  continueTrace,
  readTraceContext,
  type TraceContext,
  traceHeaders,
  writeTraceContext,
} from './trace-context.ts'
export {
  eventScope,
  requestScope,
  signTransactionToken,
  type TransactionClaims,
  transactionTokenHeader,
  transactionTokenType,
  verifyTransactionClaims,
  verifyTransactionToken,
  workScope,
} from './transaction-token.ts'
export {
  assertionCredential,
  assertionType,
  signWorkloadAssertion,
  verifyWorkloadAssertion,
} from './workload-assertion.ts'
export { serviceAudience, type WorkloadAudience, type WorkloadCredential } from './workload-audience.ts'
export { createWorkloadCredential, type WorkloadIdentity } from './workload-credential.ts'
