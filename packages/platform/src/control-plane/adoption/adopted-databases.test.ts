import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '@tenantry/routing'
import { readAdoptedUrls } from './adopted-databases.ts'

const adopts = (prefix: string) => ({ urlFrom: `${prefix}_URL`, provisionerUrlFrom: `${prefix}_ADMIN_URL` })
const config = readConfig({
  mode: 'development',
  trustDomain: 'shop.example',
  identity: { issuer: 'http://localhost:8085', audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
  tiers: { basic: { placement: 'pool' } },
  services: {
    project: { entry: 'project.ts', adopts: adopts('PROJECT') },
    ticket: { entry: 'ticket.ts', adopts: adopts('TICKET') },
    other: { entry: 'other.ts' },
  },
})
const env = {
  PROJECT_URL: 'postgres://app:p%40ss@db.example:5432/app',
  PROJECT_ADMIN_URL: 'postgres://postgres:secret@db.example/app?sslmode=require',
  TICKET_URL: 'postgresql://tickets@[::1]/tickets',
  TICKET_ADMIN_URL: 'postgresql://postgres@[::1]/tickets',
}

describe('the databases that services have already', () => {
  it('are found by the variables that the configuration names, for those services alone', () => {
    const urls = readAdoptedUrls(config, env)
    assert.deepEqual(Object.keys(urls), ['project', 'ticket'])
    assert.deepEqual(urls.project, { url: env.PROJECT_URL, provisionerUrl: env.PROJECT_ADMIN_URL })
  })

  it('are refused by the variable’s name, and never by what is in it', () => {
    for (const [changes, message] of [
      [{ PROJECT_URL: undefined }, /`PROJECT_URL`/],
      [{ PROJECT_ADMIN_URL: 'https://user:secret@db.example/app' }, /`PROJECT_ADMIN_URL`/],
      [{ PROJECT_URL: 'postgres://app:secret@db.example' }, /`PROJECT_URL`/],
      [{ PROJECT_URL: 'postgres://db.example/app' }, /`PROJECT_URL`/],
      [{ PROJECT_URL: 'secret' }, /`PROJECT_URL`/],
    ] as const) {
      assert.throws(
        () => readAdoptedUrls(config, { ...env, ...changes }),
        (error: Error & { code: string }) =>
          error.code === 'ADOPT_URL' && message.test(error.message) && !error.message.includes('secret'),
      )
    }
  })

  it('have names that tell them apart, because keys are derived for a name', () => {
    for (const [changes, message] of [
      [{ PROJECT_ADMIN_URL: 'postgres://postgres@db.example/postgres' }, /different databases/],
      [
        { TICKET_URL: 'postgres://t@elsewhere/app', TICKET_ADMIN_URL: 'postgres://p@elsewhere/app' },
        /name of another/,
      ],
      [
        { TICKET_URL: 'postgres://t@x/tenantry_pool', TICKET_ADMIN_URL: 'postgres://p@x/tenantry_pool' },
        /name of another/,
      ],
    ] as const) {
      assert.throws(() => readAdoptedUrls(config, { ...env, ...changes }), { code: 'ADOPT_URL', message })
    }
    const shared = { TICKET_URL: 'postgres://t@db.example:5432/app', TICKET_ADMIN_URL: env.PROJECT_ADMIN_URL }
    assert.equal(Object.keys(readAdoptedUrls(config, { ...env, ...shared })).length, 2)
  })
})
