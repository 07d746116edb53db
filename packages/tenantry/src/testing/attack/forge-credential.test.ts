import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forgeCredential } from './forge-credential.ts'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = `${encode({ alg: 'ES256', typ: 'txntoken+jwt' })}.${encode({ tenant: 'tenant-a' })}.c2lnbmF0dXJl`

it('a JWT is forged with the other’s name under the old signature, under none, and under no algorithm', () => {
  const forged = forgeCredential(`Bearer ${token}`, 'tenant-a', 'tenant-b')
  const parts = forged.map((text) => text.replace('Bearer ', '').split('.'))
  for (const [, payload = ''] of parts) assert.match(Buffer.from(payload, 'base64url').toString(), /tenant-b/)
  assert.deepEqual(
    parts.map(([, , signature]) => signature),
    ['c2lnbmF0dXJl', '', ''],
  )
  const header = JSON.parse(Buffer.from(parts[2]?.[0] ?? '', 'base64url').toString())
  assert.deepEqual(header, { alg: 'none', typ: 'txntoken+jwt' })
})

it('a credential that names its tenant is forged with the other’s name, and one that tells nothing is not', () => {
  assert.deepEqual(forgeCredential('key-of-tenant-a', 'tenant-a', 'tenant-b'), ['key-of-tenant-b'])
  assert.deepEqual(forgeCredential('0f1e2d3c', 'tenant-a', 'tenant-b'), [])
})
