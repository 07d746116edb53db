import { isTenantryError } from '@tenantry/platform'
import { bold, dim, red } from './styles.ts'

/** Prints what went wrong as one line, and the next step as another; anything unforeseen with its stack. */
export function printError(error: unknown): void {
  if (isTenantryError(error)) {
    console.error(`${red('error')} ${error.message} ${dim(`(${error.code})`)}\n  ${bold('→')} ${error.help}`)
  } else {
    console.error(error)
  }
}
