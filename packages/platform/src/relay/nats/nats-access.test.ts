import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectNats } from './connect-nats.ts'
import { readNatsAccesses } from './nats-access.ts'

const servers = ['nats://127.0.0.1:1']
const credentials = {
  userFrom: 'RELAY_USER',
  passwordFrom: 'RELAY_PASSWORD',
  provisionerUserFrom: 'OPS_USER',
  provisionerPasswordFrom: 'OPS_PASSWORD',
}
const kept = { keep: '7d', keepRecords: '365d' }
const env = { RELAY_USER: 'relay', RELAY_PASSWORD: 'r', OPS_USER: 'ops', OPS_PASSWORD: 'o' }

test('the relay and the control plane each get their own credentials, from the environment', () => {
  const events = { bus: 'nats', ...kept, servers, replicas: 3, credentials } as const
  assert.deepEqual(readNatsAccesses({ events }, env), {
    relay: { servers, user: 'relay', password: 'r' },
    provisioner: { servers, user: 'ops', password: 'o' },
  })
})

test('a variable that is not set is named', () => {
  const events = { bus: 'nats', ...kept, servers, replicas: 3, credentials } as const
  assert.throws(() => readNatsAccesses({ events }, { ...env, OPS_PASSWORD: '' }), {
    code: 'EVENTS_CREDENTIALS',
    message: /`OPS_PASSWORD`/,
  })
})

test('where no credentials are declared there are none, and in PostgreSQL there is no NATS', () => {
  const events = { bus: 'nats', ...kept, servers, replicas: 1 } as const
  assert.deepEqual(readNatsAccesses({ events }, {})?.relay, { servers })
  assert.equal(readNatsAccesses({ events: { bus: 'postgres', ...kept } }, {}), undefined)
})

test('servers that are not there are told of', async () => {
  await assert.rejects(connectNats({ servers }, 'test'), { code: 'EVENTS_UNREACHABLE', status: 503 })
})
