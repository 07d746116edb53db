// `npm run test:metrics-bounds`: sets the repository up, then tells metrics of 100,000 tenants and looks at what they hold.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['conformance/metrics-bounds/main.ts', ...process.argv.slice(2)])
