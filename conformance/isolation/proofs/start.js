// `npm run test:proofs`: sets the repository up, then runs the long proofs in the Node that it pins.
import { runSetUp } from '../../../tools/set-up.js'

await runSetUp(['conformance/isolation/proofs/main.ts', ...process.argv.slice(2)])
