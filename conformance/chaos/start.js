// `npm run test:chaos`: sets the repository up, then kills processes of the running shop, again and again.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['conformance/chaos/main.ts', ...process.argv.slice(2)])
