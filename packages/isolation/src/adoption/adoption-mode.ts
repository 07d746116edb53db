/**
 * How much a table that was adopted is held to: `observe` lets everything run and tells what would not have, `warn` tells
 * it as a warning each time, `enforce` shows and takes one tenant's rows alone.
 */
export type AdoptionMode = 'observe' | 'warn' | 'enforce'

/** In the order in which a table goes through them. */
export const adoptionModes: readonly AdoptionMode[] = ['observe', 'warn', 'enforce']

/** The SQLSTATEs of what an adopted table tells without refusing it. */
export const adoptionStates = { read: 'TN010', written: 'TN011' } as const
