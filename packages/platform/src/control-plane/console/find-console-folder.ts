import { fileURLToPath } from 'node:url'

// Not an import: the page is files, and a system without it runs.
const consolePackage = '@tenantry/console'

/** The folder of the console's built page, in the package that has it; `undefined` where that is not installed. */
export function findConsoleFolder(): string | undefined {
  try {
    return fileURLToPath(new URL('dist', import.meta.resolve(`${consolePackage}/package.json`)))
  } catch {
    return undefined
  }
}
