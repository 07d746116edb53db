import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AdoptionFinding } from '@tenantry/isolation'
import { createAdoptionLog } from './adoption-log.ts'

describe('the log of an adopted database', () => {
  const read: AdoptionFinding = { kind: 'rows-read', table: 'notes', loud: false, callSite: 'notes.js:3:9' }
  const start = () => {
    const lines: Record<string, unknown>[] = []
    let nowMs = 0
    const counted: unknown[] = []
    const log = createAdoptionLog({
      write: (line) => lines.push(JSON.parse(line)),
      now: () => nowMs,
      count: (...finding) => counted.push(finding),
    })
    return { lines, log, counted, pass: (ms: number) => (nowMs += ms) }
  }

  it('tells of a place once, and a minute later how often it was', () => {
    const { lines, log, pass } = start()
    for (let time = 0; time < 5; time++) log.report(read)
    assert.deepEqual(
      lines.map(({ kind, table, call_site, times }) => ({ kind, table, call_site, times })),
      [{ kind: 'rows-read', table: 'notes', call_site: 'notes.js:3:9', times: 1 }],
    )
    pass(60_000)
    log.report(read)
    assert.equal(lines[1]?.times, 6)
  })

  it('tells of every other place, kind and table by itself', () => {
    const { lines, log } = start()
    log.report(read)
    log.report({ ...read, callSite: 'notes.js:4:9' })
    log.report({ ...read, kind: 'rows-written' })
    log.report({ ...read, table: 'tags' })
    assert.equal(lines.length, 4)
  })

  it('tells of a table that warns every time', () => {
    const { lines, log } = start()
    for (let time = 0; time < 3; time++) log.report({ ...read, loud: true })
    assert.equal(lines.length, 3)
  })

  it('tells of requests by their route and what they will be refused with, and counts everything', () => {
    const { lines, log, counted } = start()
    for (let time = 0; time < 3; time++)
      log.reportRequest({ code: 'TOKEN_MISSING', route: 'GET /notes/:id', loud: false })
    log.report(read)
    assert.deepEqual(
      lines.map(({ kind, code, route }) => ({ kind, code, route })),
      [
        { kind: 'no-tenant', code: 'TOKEN_MISSING', route: 'GET /notes/:id' },
        { kind: 'rows-read', code: undefined, route: undefined },
      ],
    )
    assert.deepEqual(counted, [...Array(3).fill(['no-tenant', undefined]), ['rows-read', 'notes']])
  })

  it('keeps a bounded number of places', () => {
    const { lines, log } = start()
    for (let line = 0; line < 1_500; line++) log.report({ ...read, callSite: `notes.js:${line}` })
    log.report({ ...read, callSite: 'notes.js:1499' })
    assert.equal(lines.length, 1_500)
    log.report({ ...read, callSite: 'notes.js:0' })
    assert.equal(lines.length, 1_501)
  })
})
