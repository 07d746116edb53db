/**
 * What a service needs of isolation while it runs. By itself, so that its process does not load what migrates, adopts and audits
 * databases.
 * @module
 */
export { rememberCallSite } from './adoption/read-call-site.ts'
export { createRequestModeSource } from './adoption/request-mode-source.ts'
export { LeasedPool } from './lease/leased-pool.ts'
