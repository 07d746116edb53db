import { TenantryError } from '@tenantry/platform'

/** The port that a flag or a variable names. Throws `PORT_INVALID`. */
export function readPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new TenantryError('PORT_INVALID', `\`${text}\` is not a port`, {
    help: 'give a number from 1 to 65535',
  })
}
