import { replaceModule } from './replace-module.ts'
// Loaded here, so that it and the rooms have `pg` itself: what is asked for from here on is the replacement.
import './leased-pg.ts'

/** Makes every later import and `require` of `pg`, of whichever copy, give pools that carry leases. */
export function leaseEachPool(): void {
  replaceModule('pg', import.meta.url.replace('lease-each-pool', 'leased-pg'))
}
