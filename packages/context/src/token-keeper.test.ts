import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TenantryError } from './errors.ts'
import { runInScope, Scope } from './scope.ts'
import type { TenantContext } from './tenant-context.ts'
import { createTokenKeeper } from './token-keeper.ts'

const contextOf = (token: string, livesMs: number, changes: object = {}): TenantContext => ({
  tenant: { id: 'tenant-a', tier: 'basic' },
  user: { id: 'ann', role: 'seller' },
  event: undefined,
  requestId: 'request-1',
  scope: 'request',
  workload: 'gateway',
  token,
  expiresAtMs: Date.now() + livesMs,
  ...changes,
})

function start(answer: (asked: number) => TenantContext) {
  const asked: string[] = []
  let context: TenantContext | undefined
  const keeper = createTokenKeeper({
    audience: 'shop',
    client: {
      replace: async (token) => {
        context = answer(asked.push(token))
        return context.token
      },
    },
    verifier: { verify: async () => context ?? assert.fail('nothing was asked for') },
  })
  return { keeper, asked }
}

/** Longer than it takes until somebody looks, and not twice as long. */
const aTick = () => sleep(1_300)

describe('the keeper of tokens', () => {
  it('gives what is open another token before its own ends, once for all that share one, and what has time is left alone', async () => {
    const { keeper, asked } = start(() => contextOf('second', 60_000))
    const ending = contextOf('first', 15_000)
    const scopes = [new Scope(ending, { keeper }), new Scope(ending, { keeper })]
    const fresh = new Scope(contextOf('other', 60_000), { keeper })
    await aTick()
    assert.deepEqual(
      [...scopes, fresh].map(({ context }) => context.token),
      ['second', 'second', 'other'],
    )
    assert.deepEqual(asked, ['first'])
  })

  it('asks for nothing once the work is over', async () => {
    const { keeper, asked } = start(() => contextOf('second', 60_000))
    await runInScope(contextOf('first', 5_000), () => undefined, { keeper })
    await aTick()
    assert.deepEqual(asked, [])
  })

  it('asks again while nobody answers, and stops when it is refused', async () => {
    const down = new TenantryError('TOKEN_SERVICE_DOWN', 'down', { status: 503, help: 'wait' })
    const refused = new TenantryError('TENANT_SUSPENDED', 'suspended', { status: 403, help: 'ask' })
    const { keeper, asked } = start((times) => {
      throw times < 2 ? down : refused
    })
    const scope = new Scope(contextOf('first', 15_000), { keeper })
    await sleep(4_300)
    assert.deepEqual(asked, ['first', 'first'])
    assert.equal(scope.context.token, 'first')
  })

  it('takes no token that is not of the same transaction, tenant and user', async () => {
    for (const changes of [
      { tenant: { id: 'tenant-b', tier: 'basic' } },
      { tenant: { id: 'tenant-a', tier: 'premium' } },
      { requestId: 'request-2' },
      { user: { id: 'bob', role: 'seller' } },
      { user: { id: 'ann', role: 'admin' } },
      { event: { id: 'e', type: 't', digest: 'd' } },
    ]) {
      const scope = new Scope(contextOf('first', 60_000))
      assert.throws(() => scope.replace(contextOf('second', 60_000, changes)), { code: 'CONTEXT_OTHER' })
      assert.equal(scope.context.token, 'first')
    }
    const closed = new Scope(contextOf('first', 60_000))
    closed.close()
    assert.throws(() => closed.replace(contextOf('second', 60_000)), { code: 'CONTEXT_OTHER' })
  })
})
