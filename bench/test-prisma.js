// `npm run test:prisma`: sets the repository up, then runs the tests that need Prisma, which `npm test` does not install.
import { runSetUp } from '../tools/set-up.js'

await runSetUp(['bench/prisma/run-tests.ts'])
