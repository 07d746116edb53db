// `npm run bench <room>`: sets the repository up, then measures in the Node that it pins.
import { runSetUp } from '../tools/set-up.js'

await runSetUp(['bench/main.ts', ...process.argv.slice(2)])
