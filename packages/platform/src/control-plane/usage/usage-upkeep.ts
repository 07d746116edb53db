import { hourSeconds } from '@tenantry/metrics'
import { RecurringWork } from '../scheduling/recurring-work.ts'
import { openHoursS, type UsageStore } from './usage-store.ts'

const recurrence = { firstMs: 20_000, everyMs: hourSeconds * 1000 }

/** Once an hour: makes one row of the epochs of hours that are closed, and forgets what is kept no longer. Ends with the piece that is being written. */
export class UsageUpkeep extends RecurringWork {
  constructor(
    store: Pick<UsageStore, 'tidy'>,
    { keepMs, onTrouble }: { keepMs: number; onTrouble: (error: unknown) => void },
  ) {
    super(recurrence, (signal) => {
      const nowS = Date.now() / 1000
      // An hour more than reports are taken for: none that was let in is stored afterwards.
      const closedS = nowS - openHoursS - hourSeconds
      return store.tidy({ closedS, forgottenS: nowS - keepMs / 1000 }, signal).catch(onTrouble)
    })
  }
}
