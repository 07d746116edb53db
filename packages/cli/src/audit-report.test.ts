import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { auditRules, type PlacementAudit } from '@tenantry/platform'
import { auditFindings, auditTable, auditVerdict, enforcedFacts } from './audit-report.ts'

const audited = (
  database: string,
  tenant: string | null,
  ...found: ('hole' | 'weaker')[]
): PlacementAudit => {
  const findings = found.map((severity) => {
    const rule = auditRules.find((one) => one.severity === severity) ?? assert.fail(severity)
    return { name: rule.name, severity, object: 'shop.notes', detail: 'is open', mend: 'close it' }
  })
  const names = findings.map(({ name }) => name)
  const enforced = auditRules.filter(({ name }) => !names.includes(name))
  const tables = { protected: 6, shared: 1 }
  return {
    database,
    tenant,
    failure: null,
    audit: { database, serverVersion: '18.4', tables, enforced, findings },
  }
}
const unread: PlacementAudit = {
  database: 'tenantry_02',
  tenant: 'tenant-c',
  audit: null,
  failure: { code: '3D000', message: 'there is no such database', help: 'start it' },
}
const holed = audited('tenantry_01', 'tenant-b', 'weaker', 'hole')
const sound = audited('tenantry_pool', null)
const all = auditRules.length

test('each database is a row with its tables, what is enforced, and what is not', () => {
  const lines = stripVTControlCharacters(auditTable([sound, holed, unread])).split('\n')
  assert.deepEqual(
    lines.map((line) => line.split(/ {2,}/)),
    [
      ['database', 'tenant', 'PostgreSQL', 'protected', 'shared', 'enforced', 'weaker', 'holes'],
      ['tenantry_pool', 'pool', '18.4', '6', '1', `${all} of ${all}`, '0', '0'],
      ['tenantry_01', 'tenant-b', '18.4', '6', '1', `${all - 2} of ${all}`, '1', '1'],
      ['tenantry_02', 'tenant-c', 'not read'],
    ],
  )
})

test('a finding is told once, holes first, with every database where it is and the next step', () => {
  const twice = [audited('tenantry_03', 'tenant-e', 'weaker'), holed, unread]
  const lines = stripVTControlCharacters(auditFindings(twice)).split('\n')
  assert.equal(lines.length, 6)
  assert.match(lines[0] ?? '', /^hole [A-Z_]+ shop\.notes: is open in tenantry_01$/)
  assert.equal(lines[1], '  → close it')
  assert.equal(lines[2], 'error there is no such database (3D000) in tenantry_02')
  assert.match(lines[4] ?? '', /^weaker [A-Z_]+ shop\.notes: is open in tenantry_03, tenantry_01$/)
  assert.equal(auditFindings([sound]), '')
})

test('what does not hold everywhere, or was not read, is not among what holds', () => {
  assert.equal(enforcedFacts([sound]).split('\n').length, all)
  assert.equal(enforcedFacts([sound, holed]).split('\n').length, all - 2)
  assert.equal(enforcedFacts([sound, unread]), '')
})

test('the verdict counts a database that was not read as one with a hole, and one that is weaker as without', () => {
  const verdict = (...audits: PlacementAudit[]) => stripVTControlCharacters(auditVerdict(audits))
  assert.match(verdict(sound), /^✓ no hole in 1 database /)
  assert.match(verdict(sound, audited('tenantry_03', null, 'weaker')), /^✓ no hole in 2 databases /)
  assert.match(verdict(sound, holed, unread), /^✗ 2 of 3 databases with a hole /)
})
