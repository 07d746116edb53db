import type { AttackRun } from './attack-run.ts'
import type { Party } from './party.ts'

/** One kind of attack. It is run for each tenant against the other. */
export interface AttackFamily {
  /** What it tries, in a few words, for reports. */
  readonly about: string
  /** True where owners write as well, so that their own things may change under it. */
  readonly ownersWrite?: boolean
  /** True where it is the same in both directions, so that one is enough: the seed says which. */
  readonly isOneWay?: boolean
  attack(run: AttackRun, attacker: Party, victim: Party): Promise<void>
}
