/** Every family, in the order in which they run: what is seen by merely asking comes first, what upsets the service last. */
export const attackFamilyNames = [
  'ordinary',
  'totals',
  'swapped-ids',
  'existence',
  'conflicts',
  'idempotency-keys',
  'links',
  'caches',
  'mass-assignment',
  'spoofed-headers',
  'forged-credentials',
  'forged-events',
  'sql-injection',
  'poisoned-connections',
  'interleavings',
] as const

export type AttackFamilyName = (typeof attackFamilyNames)[number]
