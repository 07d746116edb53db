// `npm run screenshots`: sets the repository up, then makes the pictures of docs/console from the running shop.
import { buildConsole } from '../../tools/build-console.js'
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['conformance/console/screenshots.ts', ...process.argv.slice(2)], buildConsole)
