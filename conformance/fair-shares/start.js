// `npm run test:fair-shares`: sets the repository up, then floods the running shop as one tenant.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['conformance/fair-shares/main.ts', ...process.argv.slice(2)])
