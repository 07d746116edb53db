import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { RolloutReport } from '@tenantry/platform'
import { rolloutEnd, rolloutLine } from './rollout-report.ts'

const report: RolloutReport = {
  id: 'x',
  state: 'done',
  steps: [
    { process: 'control-plane', did: 'renewed', ms: 1_240 },
    { process: 'order.pool', did: 'told', ms: 0 },
  ],
  ms: 2_345,
  failure: null,
  left: [],
}
const failure = { code: 'PROCESS_FAILED', message: '`new.pool` does not start', help: 'see its log' }
const end = (more: Partial<RolloutReport>) => stripVTControlCharacters(rolloutEnd({ ...report, ...more }))

test('each step is a line: what was done to which process, and how long it took', () => {
  const lines = report.steps.map((step) => stripVTControlCharacters(rolloutLine(step)))
  assert.deepEqual(lines, ['✓ renewed control-plane 1.2 s', '✓ told    order.pool'])
})

test('the end says that the file holds, and how many processes were renewed', () => {
  assert.equal(end({}), '✓ the file holds, after 2.3 s; 1 process was renewed')
})

test('after a failure it says why, the next step, and what holds', () => {
  assert.equal(
    end({ state: 'failed', failure }),
    `✗ the file does not hold: \`new.pool\` does not start (PROCESS_FAILED)
  → see its log
  the former configuration was put back, and holds`,
  )
  assert.match(
    end({ state: 'failed', failure, left: ['`relay` does not start'] }),
    /not all of the former configuration could be put back: `relay` does not start$/,
  )
})
