const leading = /^(?:\s|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/|\()*/

/** The word that a statement begins with, in small letters; comments and parentheses before it are passed over. */
export function readKeyword(text: string): string {
  return /^[a-z]+/i.exec(text.slice(leading.exec(text)?.[0].length))?.[0].toLowerCase() ?? ''
}

const words = (list: string) => new Set(list.split(' '))

/** Statements that begin, end or part a transaction, and do nothing else. */
export const transactional = words('begin start commit end rollback abort savepoint release')

/** Statements that touch no table: a lease in front of them is not needed, and before some of them not allowed. */
export const leaseless = words(
  'begin start commit end rollback abort savepoint release set reset discard deallocate listen unlisten',
)

/** Statements after which the transaction's lease may be an older one, or none. */
export const dropsLease = words('rollback abort commit end set reset discard')

/** Statements after which a reset takes away all that can be left; after any other, everything is discarded. */
export const leavesLittle = words(
  'select insert update delete merge with values table explain begin start commit end rollback abort savepoint ' +
    'release set reset listen unlisten notify declare fetch move close copy lock show',
)
