import type { AttackFamilyName } from './attack-family-name.ts'
import { caches } from './families/caches.ts'
import { conflicts } from './families/conflicts.ts'
import { existence } from './families/existence.ts'
import { forgedCredentials } from './families/forged-credentials.ts'
import { forgedEvents } from './families/forged-events.ts'
import { idempotencyKeys } from './families/idempotency-keys.ts'
import { interleavings } from './families/interleavings.ts'
import { links } from './families/links.ts'
import { massAssignment } from './families/mass-assignment.ts'
import { ordinary } from './families/ordinary.ts'
import { poisonedConnections } from './families/poisoned-connections.ts'
import { spoofedHeaders } from './families/spoofed-headers.ts'
import { sqlInjection } from './families/sql-injection.ts'
import { swappedIds } from './families/swapped-ids.ts'
import { totals } from './families/totals.ts'
import type { AttackFamily } from './family.ts'

/** What each family does. */
export const attackFamilies: Readonly<Record<AttackFamilyName, AttackFamily>> = {
  ordinary,
  totals,
  'swapped-ids': swappedIds,
  existence,
  conflicts,
  'idempotency-keys': idempotencyKeys,
  links,
  caches,
  'mass-assignment': massAssignment,
  'spoofed-headers': spoofedHeaders,
  'forged-credentials': forgedCredentials,
  'forged-events': forgedEvents,
  'sql-injection': sqlInjection,
  'poisoned-connections': poisonedConnections,
  interleavings,
}
