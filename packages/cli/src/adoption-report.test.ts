import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { adoptedTable, adoptionPlan } from './adoption-report.ts'

const name = 'tasks\u001b[2K\rprojects'
const table = { schema: 'public', name, column: 'organization_id', type: 'uuid', role: 'app' }

test('a name in the database moves no cursor and forges no line of the plan or the status', () => {
  const plan = adoptionPlan({
    target: { schema: 'public', column: 'organization_id', role: 'app' },
    tables: [{ ...table, hadSecurity: false, wasForced: false, isOwner: false, rows: 3 }],
    gaps: [{ severity: 'hole', object: name, why: 'is one', mend: 'mend it' }],
    statements: [`alter table "${name}" enable row level security`, 'one line\nand another'],
    undo: [],
  })
  const status = adoptedTable({
    adopted: [{ ...table, hadSecurity: false, wasForced: false, mode: 'enforce' }],
    requests: { [name]: 'enforce' },
  })
  for (const text of [plan, status]) {
    for (const control of ['\r', '\u001b[2K']) assert.ok(!text.includes(control))
    assert.match(stripVTControlCharacters(text), /tasks�\[2K�projects/)
  }
  assert.match(plan, /^ {2}one line\n {2}and another;$/m)
})
