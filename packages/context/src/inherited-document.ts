import { closeSync, readFileSync } from 'node:fs'
import { TenantryError } from './errors.ts'

const descriptor = 3

/**
 * Reads the wiring and secrets that this process was started with: one JSON document on file descriptor 3, or in
 * the file that `TENANTRY_RUNTIME_FILE` names (a mounted secret in a cluster). The descriptor is closed afterwards,
 * so that nothing secret stays in the environment, in arguments or open. It can be read once.
 * Throws `RUNTIME_MISSING` when there is none.
 */
export function readInheritedDocument<T>(): T {
  const file = process.env.TENANTRY_RUNTIME_FILE
  try {
    const document = JSON.parse(readFileSync(file ?? descriptor, 'utf8')) as T
    if (file === undefined) closeSync(descriptor)
    return document
  } catch (cause) {
    throw new TenantryError('RUNTIME_MISSING', 'this process was started without its runtime document', {
      help: 'start it with `tenantry start`, or name a mounted document in `TENANTRY_RUNTIME_FILE`',
      cause,
    })
  }
}
