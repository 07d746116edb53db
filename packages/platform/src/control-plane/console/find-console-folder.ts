import { fileURLToPath } from 'node:url'

/** The folder of the console's built page, in the package that has it; `undefined` where that is not installed: a system without it runs. */
export function findConsoleFolder(): string | undefined {
  try {
    return fileURLToPath(new URL('dist', import.meta.resolve('@tenantry/console/package.json')))
  } catch {
    return undefined
  }
}
