import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NoteShelf, noteShelfOpenapi } from '../../../test/note-shelf.ts'
import { attackService, formatAttackReport } from '../../testing.ts'
import type { AttackOptions } from './attack-options.ts'

const tenants = ['red', 'blue'].map((id) => ({
  id,
  headers: () => ({ authorization: `Bearer key-of-${id}-0f1e2d3c` }),
}))

/** On a service that knows nothing of Tenantry. */
async function attack(shelf: NoteShelf, options: Partial<AttackOptions> = {}) {
  return attackService({
    openapi: noteShelfOpenapi,
    start: () => shelf.start(),
    tenants,
    seed: 1,
    ...options,
  })
}

describe('an attack', () => {
  it('finds nothing in a service that keeps its tenants apart, and says what it has tried', async () => {
    const shelf = new NoteShelf()
    const report = await attack(shelf)
    assert.deepEqual(report.leaks, [], formatAttackReport(report))
    assert.deepEqual(report.covered, ['GET /notes', 'POST /notes', 'GET /notes/{noteId}'])
    assert.deepEqual(report.unreached, [{ operation: 'POST /admin/notes', reason: 'answered 403' }])
    assert.ok(report.requests > 200)
    assert.equal(shelf.isOpen, false)
    const text = formatAttackReport(report)
    assert.match(text, /^✓ no leak; 3 of 4 operations attacked, \d+ requests in [\d.]+ s, seed 1$/m)
    assert.match(text, /not attacked: POST \/admin\/notes \(answered 403\)/)
  })

  it('finds what a service leaks, with a request that shows it and no credentials', async () => {
    const shelf = new NoteShelf({ anybodyReads: true })
    const report = await attack(shelf)
    const leak = report.leaks.find(({ family }) => family === 'swapped-ids')
    assert.equal(leak?.operation, 'GET /notes/{noteId}')
    assert.match(leak?.request.target ?? '', /^\/notes\/\d+$/)
    assert.match(leak?.evidence ?? '', /^200 /)
    const text = formatAttackReport(report)
    assert.match(text, /✗ \d+ leaks?; 3 of 4 operations attacked/)
    assert.match(text, /→ GET \/notes\/\d+ as (red|blue)/)
    assert.doesNotMatch(JSON.stringify(report) + text, /0f1e2d3c/)
  })

  it('takes no id for another’s that both have', async () => {
    // Each tenant counts from 1.
    const report = await attack(new NoteShelf({ countsEach: true }))
    assert.deepEqual(report.leaks, [], formatAttackReport(report))
  })

  it('takes what a service changes by itself for nobody’s doing', async () => {
    const report = await attack(new NoteShelf({ hasJobs: true }), { skip: ['totals'] })
    assert.deepEqual(report.leaks, [], formatAttackReport(report))
  })

  it('takes nothing for a leak that is everybody’s, or that differs each time', async () => {
    const report = await attack(new NoteShelf({ isNoisy: true }))
    assert.deepEqual(report.leaks, [], formatAttackReport(report))
  })

  it('sends the same again for the same seed', async () => {
    const [one, same, other] = [new NoteShelf(), new NoteShelf(), new NoteShelf()]
    const limits = { skip: ['interleavings', 'poisoned-connections', 'forged-events'], requestsMax: 400 }
    await attack(one, limits)
    await attack(same, limits)
    await attack(other, { ...limits, seed: 2 })
    assert.deepEqual(same.seen, one.seen)
    assert.notDeepEqual(other.seen, one.seen)
  })

  it('ends when its requests are spent, and says which families were not run to the end', async () => {
    const report = await attack(new NoteShelf(), { requestsMax: 60 })
    assert.ok(report.requests <= 60)
    assert.ok(report.families.some(({ outcome }) => outcome === 'unfinished'))
    assert.match(formatAttackReport(report), /unfinished: /)
  })

  it('ends when its time is up', async () => {
    const report = await attack(new NoteShelf({ waitMs: 5 }), { durationMaxMs: 150 })
    assert.ok(report.tookMs < 10_000)
    assert.ok(report.families.some(({ outcome }) => outcome === 'unfinished'))
  })

  it('leaves out families and operations, and says so', async () => {
    const report = await attack(new NoteShelf({ anybodyReads: true }), {
      skip: ['sql-injection', 'GET /notes/{noteId}'],
    })
    assert.deepEqual(report.covered, ['GET /notes', 'POST /notes'])
    assert.deepEqual(
      report.families.filter(({ outcome }) => outcome === 'skipped').map(({ family }) => family),
      ['sql-injection'],
    )
  })

  it('says how many requests were refused for their rate', async () => {
    const report = await attack(new NoteShelf({ requestsMax: 100 }))
    assert.ok(report.refusedForRate > 0)
    assert.match(formatAttackReport(report), /\(429\)/)
  })

  it('takes credentials that have run out for no leak, and says so', async () => {
    const report = await attack(new NoteShelf({ credentialsLast: 200 }))
    assert.deepEqual(report.leaks, [], formatAttackReport(report))
    assert.ok(report.refusedForCredentials > 0)
    assert.match(formatAttackReport(report), /\(401\)/)
  })

  it('reads the document where the service serves it', async () => {
    const report = await attack(new NoteShelf(), { openapi: '/openapi.json', requestsMax: 60 })
    assert.equal(report.covered.length, 3)
  })

  it('does not say that nothing leaks where nothing was planted', async () => {
    const shelf = new NoteShelf({ readOnly: true })
    await assert.rejects(attack(shelf), {
      code: 'ATTACK_NOTHING_PLANTED',
      help: /POST \/notes: answered 403/,
    })
    assert.equal(shelf.isOpen, false)
  })

  it('refuses what it cannot use, before it starts anything', async () => {
    const shelf = new NoteShelf()
    const [red, blue] = tenants
    assert.ok(red && blue)
    const refused: [Partial<AttackOptions>, string, RegExp][] = [
      [{ tenants: [red] }, 'ATTACK_TENANTS', /two/],
      [{ tenants: [red, { ...blue, id: 'red' }] }, 'ATTACK_TENANTS', /same id/],
      [{ tenants: [red, { ...red, id: 'blue' }] }, 'ATTACK_TENANTS', /same credentials/],
      [{ tenants: [red, { id: 'blue', headers: () => ({}) }] }, 'ATTACK_TENANTS', /no credentials/],
      [{ requestsMax: 0 }, 'ATTACK_OPTIONS', /requestsMax/],
      [{ seed: 0.5 }, 'ATTACK_OPTIONS', /seed/],
      [{ skip: ['injections'] }, 'ATTACK_OPTIONS', /injections/],
      [{ openapi: { swagger: '2.0' } }, 'ATTACK_OPENAPI', /2.0/],
    ]
    for (const [options, code, message] of refused)
      await assert.rejects(attack(shelf, options), { code, message })
    assert.deepEqual(shelf.seen, [])
  })

  it('says that a service does not start', async () => {
    const start = () => {
      throw new Error('no database')
    }
    await assert.rejects(attack(new NoteShelf(), { start }), { code: 'ATTACK_START', message: /no database/ })
    const deaf = () => ({ origin: 'http://127.0.0.1:1' })
    await assert.rejects(attack(new NoteShelf(), { start: deaf }), {
      code: 'ATTACK_START',
      message: /nothing answers/,
    })
    await assert.rejects(attack(new NoteShelf(), { openapi: '/nowhere.json' }), { code: 'ATTACK_OPENAPI' })
  })
})
