import { believedWordLeaks } from './leaks/believed-words.ts'
import { forgottenFilterLeaks } from './leaks/forgotten-filters.ts'
import type { SeededLeak } from './leaks/leak.ts'
import { sharedStateLeaks } from './leaks/shared-state.ts'
import { statementLeaks } from './leaks/statements.ts'

const all = { ...sharedStateLeaks, ...forgottenFilterLeaks, ...believedWordLeaks, ...statementLeaks }

export type LeakName = keyof typeof all

/** Every mistake that the bookings service can be told to make. */
export const leaks: Readonly<Record<LeakName, SeededLeak>> = all
