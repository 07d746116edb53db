// `npm run test:mutants`: sets the repository up, then runs the mutation suite in the Node that it pins.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['conformance/mutants/main.ts', ...process.argv.slice(2)])
