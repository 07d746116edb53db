import type { AuditedDatabase } from './audited-database.ts'
import { codeHoles } from './holes/code-holes.ts'
import { grantHoles } from './holes/grant-holes.ts'
import { keyHoles } from './holes/key-holes.ts'
import { roleHoles } from './holes/role-holes.ts'
import { serverHoles } from './holes/server-holes.ts'
import { tableHoles } from './holes/table-holes.ts'
import type { SeededHole } from './seeded-hole.ts'

/** At least one hole for every question of the audit that a test can make one for. */
export function seededHoles(database: AuditedDatabase): SeededHole[] {
  return [
    ...tableHoles(),
    ...keyHoles(),
    ...grantHoles(database),
    ...roleHoles(database),
    ...codeHoles(database),
    ...serverHoles(database),
  ]
}
