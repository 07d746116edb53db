// `npm run bench <room>`: sets the repository up, and the console’s page, then measures in the Node that it pins.
import { buildConsole } from '../tools/build-console.js'
import { runSetUp } from '../tools/set-up.js'

await runSetUp(['bench/main.ts', ...process.argv.slice(2)], buildConsole)
