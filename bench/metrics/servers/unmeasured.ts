// The same service with all of that left out, by a runtime of the bench’s own: nothing that users could choose.
import { readFileSync } from 'node:fs'
import {
  createCallerVerifier,
  createTokenKeeper,
  createTokenServiceClient,
  createTokenVerifier,
  createWorkloadCredential,
} from '@tenantry/context'
import type { Meters } from '@tenantry/metrics'
import { createAccessLog } from '../../../packages/tenantry/src/runtime/access-log.ts'
import { createCentralDoor } from '../../../packages/tenantry/src/runtime/central-door.ts'
import { useRuntime } from '../../../packages/tenantry/src/runtime/require-runtime.ts'
import type { RuntimeDocument } from '../../../packages/tenantry/src/runtime/runtime-document.ts'
import { createTenantKeyCache } from '../../../packages/tenantry/src/runtime/tenant-key-cache.ts'
import { listen } from './note-service.ts'

const document = JSON.parse(readFileSync(process.env.DOCUMENT ?? '', 'utf8')) as RuntimeDocument
const { trustDomain: audience } = document
const credential = createWorkloadCredential(document)
const client = createTokenServiceClient({ socketPath: document.tokenServiceSocket, credential })
const verifier = createTokenVerifier({ client, audience })
const ended = () => undefined
const silent: Pick<Meters, 'startRequest' | 'recordRequest'> = {
  startRequest: () => ended,
  recordRequest: ended,
}
useRuntime({
  ...{ document, verifier, meters: silent as Meters, usage: undefined, hops: undefined },
  callers: createCallerVerifier({ client }),
  weightOf: () => 1,
  keeper: createTokenKeeper({ client, verifier, audience }),
  tenantKeys: createTenantKeyCache(client, audience),
  accessLog: createAccessLog(),
  ...{ accessTokens: undefined, adoption: undefined },
  work: { begin: () => Promise.reject(new Error('there is no work')), tenants: async () => [] },
  central: createCentralDoor(client, audience),
})
await listen()
