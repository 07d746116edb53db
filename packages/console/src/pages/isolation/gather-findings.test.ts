import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Finding, PlacementAudit } from '../../api/audit.ts'
import { checksEverywhere, gatherFindings, hasHole } from './gather-findings.ts'

const finding = (name: string, severity: Finding['severity']): Finding => ({
  name,
  severity,
  object: 'order.orders',
  detail: 'd',
  mend: 'm',
})
const placement = (
  database: string,
  findings: Finding[],
  enforced: string[] = ['A', 'B'],
): PlacementAudit => ({
  ...{ database, tenant: null, failure: null, adopted: false },
  audit: {
    serverVersion: '18.4',
    tables: { protected: 1, shared: 0 },
    enforced: enforced.map((name) => ({ name, fact: name })),
    findings,
  },
})
const unread: PlacementAudit = {
  ...{ database: 'away', tenant: 'tenant-x', adopted: false, audit: null },
  failure: { code: 'POSTGRES_DOWN', message: 'it does not answer', help: 'start it' },
}

describe('the audit', () => {
  it('tells each finding once with all its databases, holes first', () => {
    const placements = [
      placement('one', [finding('WEAK', 'weaker'), finding('HOLE', 'hole')]),
      placement('two', [finding('HOLE', 'hole')]),
    ]
    assert.deepEqual(
      gatherFindings(placements).map(({ name, databases }) => [name, databases]),
      [
        ['HOLE', ['one', 'two']],
        ['WEAK', ['one']],
      ],
    )
  })

  it('takes a database that could not be read for a hole', () => {
    assert.deepEqual(
      [placement('one', []), placement('two', [finding('WEAK', 'weaker')]), unread].map(hasHole),
      [false, false, true],
    )
    assert.deepEqual(
      gatherFindings([unread]).map(({ name, severity, mend }) => [name, severity, mend]),
      [['POSTGRES_DOWN', 'hole', 'start it']],
    )
  })

  it('says that something holds everywhere only where it was read everywhere', () => {
    const names = (...placements: PlacementAudit[]) => checksEverywhere(placements).map(({ name }) => name)
    assert.deepEqual(names(placement('one', []), placement('two', [], ['B'])), ['B'])
    assert.deepEqual(names(placement('one', []), unread), [])
    assert.deepEqual(names(placement('one', []), { ...unread, adopted: true }), ['A', 'B'])
    assert.deepEqual(names(), [])
  })
})
