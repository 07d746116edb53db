// `npm run test:runners`: sets the repository up, then runs the kit's tests under Vitest and Jest, which `npm test` does not install.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['examples/test-runners/test/run-tests.ts'])
