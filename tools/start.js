// `npm start`: sets up, then runs the sample shop on this machine. What follows `--` goes to `tenantry start`.
import { buildConsole } from './build-console.js'
import { runSetUp } from './set-up.js'

const config = 'examples/shop/tenantry.config.ts'
await runSetUp(
  ['packages/cli/src/main.ts', 'start', '--config', config, ...process.argv.slice(2)],
  buildConsole,
)
