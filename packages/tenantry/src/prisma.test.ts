import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isTenantryError } from '@tenantry/context'
import { isolatePrisma } from './prisma.ts'

// What it does with a real Prisma: bench/prisma/isolate-prisma.test.ts, `npm run test:prisma`.
describe('isolatePrisma', () => {
  it('refuses what it was not tested with, and names it', () => {
    const handler = { request() {}, handleAndLogRequestError() {}, dataloader: { request() {} } }
    const refused: [object, RegExp][] = [
      [{}, /^this is not/],
      [{ _clientVersion: '7.10.0' }, /^Prisma 7\.10\.0 is not/],
      [{ _clientVersion: '8.0.0', _requestHandler: handler }, /^Prisma 8\.0\.0 is not/],
      [{ _clientVersion: '7.99.0', _requestHandler: handler }, /^Prisma 7\.99\.0 is not/],
    ]
    for (const [client, message] of refused) {
      assert.throws(
        () => isolatePrisma(client),
        (error) =>
          isTenantryError(error) && error.code === 'PRISMA_UNSUPPORTED' && message.test(error.message),
      )
    }
  })
})
