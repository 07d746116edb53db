// `npm run test:malformed`: sets the repository up, then sends malformed tokens and headers in numbers that `npm test` does not.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['conformance/malformed/main.ts', ...process.argv.slice(2)])
