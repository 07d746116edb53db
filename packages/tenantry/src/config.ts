/**
 * `defineConfig`, for `tenantry.config.ts`.
 * @module
 */
export { defineConfig, type TenantryConfigInput } from '@tenantry/routing'
