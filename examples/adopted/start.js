// `npm run test:adopt`: sets the repository up, then runs the guide's commands against an Express service on Prisma, which `npm test`
// does not install.
import { runSetUp } from '../../tools/set-up.js'

await runSetUp(['examples/adopted/test/run-tests.ts'])
