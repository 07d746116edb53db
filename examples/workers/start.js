// `npm run test:workers`: sets the repository up, then runs the tests that need the queues, which `npm test` does not install.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['examples/workers/test/run-tests.ts'])
