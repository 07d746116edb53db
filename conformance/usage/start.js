// `npm run test:usage`: sets the repository up, then compares what is counted for tenants with what they are known to have used.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['conformance/usage/main.ts', ...process.argv.slice(2)])
