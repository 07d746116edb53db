import type { LeaseKeyState } from '@tenantry/context'
import type { Provisioner } from '../databases/provisioner.ts'

/** One database and the keys that it has; `waiting` until it has all it should have, and no other. */
export interface DatabaseKeyStatus {
  readonly database: string
  /** The tenant whose silo it is; null for the pool. */
  readonly tenant: string | null
  readonly kids: readonly number[]
  readonly state: 'ready' | 'waiting' | 'unreachable'
  readonly error: string | null
}

/** The lease keys, and how far each database is. */
export interface KeyStatus {
  readonly keys: readonly LeaseKeyState[]
  readonly databases: readonly DatabaseKeyStatus[]
}

/** A database that has to have the live keys. One that is not there yet gets them when it is made. */
export interface KeyedDatabase {
  readonly id: string
  readonly tenant: string | null
  readonly onboarding: boolean
}

/** Which keys a database has, against those that it should have. Never rejects. */
export async function readDatabaseKeys(
  provisioner: Pick<Provisioner, 'readKeyIds'>,
  { id, tenant, onboarding }: KeyedDatabase,
  keys: readonly LeaseKeyState[],
): Promise<DatabaseKeyStatus> {
  const wanted = keys.filter(({ state }) => state !== 'removing').map(({ kid }) => kid)
  const one = { database: id, tenant, error: null }
  try {
    const kids = await provisioner.readKeyIds(id)
    const ready = String(kids) === String(wanted.sort((a, b) => a - b))
    return { ...one, kids, state: ready ? 'ready' : 'waiting' }
  } catch (error) {
    if (onboarding && isMissing(error)) return { ...one, kids: [], state: 'waiting' }
    return { ...one, kids: [], state: 'unreachable', error: (error as Error).message }
  }
}

/** True when there is no such database (3D000). */
export function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === '3D000'
}
