import { createHash } from 'node:crypto'
import type { TenantryConfig } from '../config.ts'

/** A short name for what a configuration says: two that `planChange` finds no difference between have one digest. SHA-256, base64url. */
export function configDigest(config: TenantryConfig): string {
  return createHash('sha256').update(JSON.stringify(config, sortKeys)).digest('base64url')
}

// The order in which a file names things says nothing.
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
