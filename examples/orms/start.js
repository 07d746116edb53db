// `npm run test:orms`: sets the repository up, then runs the tests that need the ORMs, which `npm test` does not install.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['examples/orms/test/run-tests.ts'])
