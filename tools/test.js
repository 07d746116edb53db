// `npm test`: sets up, then runs every check and test; `npm test -- isolation` runs one room's.
import { buildConsole } from './build-console.js'
import { runSetUp } from './set-up.js'

await runSetUp(['tools/run-tests.ts', ...process.argv.slice(2)], buildConsole)
