import { parseArgs } from 'node:util'
import { holds } from './bounds.ts'
import { measureBounds } from './measure-bounds.ts'
import { describeBounds, recordBounds } from './record.ts'

const { values } = parseArgs({
  options: {
    tenants: { type: 'string', default: '100000' },
    record: { type: 'boolean', default: false },
  },
})
const tenants = Number(values.tenants)
if (!Number.isSafeInteger(tenants) || tenants < 1_000) {
  console.error('npm run test:metrics-bounds [-- --tenants <1,000 or more>] [-- --record]')
  process.exit(2)
}
const measured = await measureBounds(tenants)
console.log(describeBounds(measured))
if (values.record) recordBounds(measured)
process.exitCode = holds(measured) ? 0 : 1
