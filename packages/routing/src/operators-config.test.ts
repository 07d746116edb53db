import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from './config.ts'
import { consoleUrlAt, operatorsOf } from './operators-config.ts'

const claims = { tenant: 'tenant', role: 'role' }
const read = (
  operators: TenantryConfigInput['operators'] | undefined,
  changes: Partial<TenantryConfigInput> = {},
) =>
  readConfig({
    trustDomain: 'shop.example',
    identity: { issuer: 'https://id.example.com', audience: 'shop', claims },
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts' } },
    ...(operators && { operators }),
    ...changes,
  })
const refuses = (operators: object, message: RegExp, changes: Partial<TenantryConfigInput> = {}) =>
  assert.throws(() => read(operators as TenantryConfigInput['operators'], changes), {
    code: 'CONFIG_INVALID',
    message,
  })
const local = {
  mode: 'development',
  identity: { issuer: 'http://localhost:8085', audience: 'shop', claims },
} as const

test('outside development nobody signs in to the console unless it is said who', () => {
  assert.equal(operatorsOf(read(undefined)), undefined)
  const declared = operatorsOf(read({ issuer: 'https://staff.example.com' }))
  assert.deepEqual(declared, {
    ...{ issuer: 'https://staff.example.com', clientId: 'tenantry-console' },
    ...{ scopes: ['openid', 'profile'], requires: {} },
  })
})

test('in development the demo’s issuer signs in an operator, unless another is declared or there is none', () => {
  const { issuer, requires } = operatorsOf(read(undefined, local)) ?? assert.fail('nobody')
  assert.equal(issuer, 'http://localhost:8085')
  assert.deepEqual(requires, { groups: 'tenantry-operators' })
  const staff = { issuer: 'https://staff.example.com' }
  assert.equal(operatorsOf(read(staff, local))?.issuer, staff.issuer)
  assert.equal(operatorsOf(read(undefined, { mode: 'development' })), undefined)
})

test('outside development an issuer that anyone could stand in for is refused', () => {
  for (const issuer of ['http://staff.example.com', 'https://localhost:8085', 'http://127.0.0.1'])
    refuses({ issuer }, /`operators\.issuer`: outside development/)
  assert.ok(read({ issuer: 'http://localhost:8086' }, local))
})

test('where the issuer signs in tenants’ users too, an operator has a claim of its own and the console a client of its own', () => {
  const shared = { issuer: 'https://id.example.com' }
  refuses(shared, /`operators\.requires`: this issuer signs in tenants’ users too/)
  const requires = { groups: 'operators' }
  assert.ok(read({ ...shared, requires }))
  refuses(
    { ...shared, requires, clientId: 'shop' },
    /`operators\.clientId`: it is an audience of tenants’ tokens/,
  )
})

test('the console is at https or on this machine, and its address is an origin', () => {
  const at = (url: string) => ({ issuer: 'https://staff.example.com', url })
  for (const url of ['https://console.example.com', 'http://localhost:9000', 'http://127.0.0.1:9000'])
    assert.equal(consoleUrlAt(read(at(url)), 8090), url)
  assert.equal(consoleUrlAt(read(undefined), 8090), 'http://localhost:8090')
  for (const url of [
    'http://console.example.com',
    'https://console.example.com/',
    'https://console.example.com/x',
    'ftp://localhost',
    'javascript:alert(1)',
    'x',
  ])
    refuses(at(url), /`operators\.url`/)
})

test('a sign-in that asks for no identity, and a claim without a value, are refused', () => {
  const staff = { issuer: 'https://staff.example.com' }
  refuses({ ...staff, scopes: ['profile'] }, /`operators\.scopes`: without `openid`/)
  refuses({ ...staff, scopes: ['openid profile'] }, /`operators\.scopes/)
  refuses({ ...staff, requires: { groups: '' } }, /`operators\.requires/)
  refuses({ ...staff, clientSecret: 'x' }, /clientSecret/)
})
