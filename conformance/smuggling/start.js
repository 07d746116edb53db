// `npm run test:smuggling`: sets the repository up, then sends ambiguous requests to the gateway in numbers that `npm test` does not.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['conformance/smuggling/main.ts', ...process.argv.slice(2)])
