import { attackService, formatAttackReport, startTestTenantry } from 'tenantry/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

let tenantry
let service

beforeAll(async () => {
  tenantry = await startTestTenantry({
    postgres: process.env.TEST_POSTGRES,
    service: 'note',
    migrations: 'migrations',
  })
  const { createNoteService } = await import('../note-service.js')
  service = createNoteService()
})
afterAll(async () => {
  await service.db.end()
  await tenantry.close()
})

it('keeps notes apart', async () => {
  const { db } = service
  await tenantry.asTenant('tenant-a', () => db.query('insert into notes (text) values ($1)', ['mine']))
  const { rows } = await tenantry.asTenant('tenant-b', () => db.query('select * from notes'))
  expect(rows).toEqual([])
  await expect(db.query('select * from notes')).rejects.toMatchObject({ code: 'CONTEXT_MISSING' })
})

it('gives an attacker nothing', async () => {
  const { openapi } = await import('../note-service.js')
  const report = await attackService({
    openapi,
    start: service.start,
    tenants: ['tenant-a', 'tenant-b'].map((id) => ({
      id,
      headers: () => ({ 'txn-token': tenantry.token(id) }),
    })),
    requestsMax: 1_000,
  })
  expect(report.leaks, formatAttackReport(report)).toEqual([])
  expect(report.unreached).toEqual([])
}, 60_000)
