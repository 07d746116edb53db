import { Agent } from 'node:http'
import {
  createCallerVerifier,
  createTokenKeeper,
  createTokenServiceClient,
  createTokenVerifier,
  createWorkloadCredential,
  readInheritedDocument,
  serviceAudience,
  TenantryError,
} from '@tenantry/context'
import { createMeters, type Meters, useMeters } from '@tenantry/metrics'
import { createCallDispatcher, OutgoingCalls, routeNodeHttp } from '@tenantry/propagation'
import { createRouteResolver, HopLog, OwnWeights } from '@tenantry/routing/deployment'
import { setGlobalDispatcher } from 'undici'
import { createAccessLog } from './access-log.ts'
import { createAccessTokenDoor } from './access-token-door.ts'
import { createAdoptionDoor } from './adoption-door.ts'
import { createAdoptionLog } from './adoption-log.ts'
import { createCentralDoor } from './central-door.ts'
import { followSettings } from './follow-settings.ts'
import { serveOperators } from './operator-server.ts'
import { recordEmissions } from './record-hops.ts'
import type { Runtime } from './runtime.ts'
import type { RuntimeDocument } from './runtime-document.ts'
import { startServiceUsage } from './service-usage.ts'
import { createTenantKeyCache } from './tenant-key-cache.ts'

let current: Runtime | undefined

/**
 * The runtime of this process, made at the first call: it reads the process's document, sends calls to our services
 * by way of undici's global dispatcher, which Node's own `fetch` uses as well, and of the agents of `node:http`, and serves
 * metrics and health on the operator socket. Throws `RUNTIME_MISSING` outside a deployment.
 */
export function requireRuntime(): Runtime {
  current ??= createRuntime(readInheritedDocument<RuntimeDocument>())
  return current
}

/** Reports a last time what this process added up for its tenants, if it did. */
export async function reportLast(): Promise<void> {
  await Promise.allSettled([current?.usage?.stop(), current?.meters.close()])
}

/** Makes this process a deployment with parts of the caller's own; throws `RUNTIME_PRESENT` where it is one already. */
export function useRuntime(runtime: Runtime): void {
  if (current || process.env.TENANTRY_RUNTIME_FILE !== undefined) {
    throw new TenantryError('RUNTIME_PRESENT', 'this process is a deployment already', {
      help: 'start it once, in a process of the tests’ own',
    })
  }
  current = runtime
}

function createRuntime(document: RuntimeDocument): Runtime {
  const { trustDomain: audience, service, deployment } = document
  const credential = createWorkloadCredential(document)
  const client = createTokenServiceClient({ socketPath: document.tokenServiceSocket, credential })
  const controlPlane = (maxSockets: number) => ({
    ...{ socketPath: document.directorySocket, credential },
    agent: new Agent({ keepAlive: true, maxSockets }),
  })
  const routes = createRouteResolver(controlPlane(4))
  const usage = startServiceUsage(document, credential)
  const calls = new OutgoingCalls({
    calls: document.calls,
    caller: (called) => credential(serviceAudience(called)),
    services: document.services,
    resolveRoute: (context, called) => {
      usage.noteCall(context.tenant)
      return routes.resolve(context, called)
    },
    forgetRoute: (context, called) => routes.forget(context.tenant.id, called),
  })
  const ownWeights = new OwnWeights(controlPlane(1))
  let { weights = {} } = document
  followSettings((settings) => {
    calls.know(settings.services)
    weights = settings.weights ?? weights
  })
  setGlobalDispatcher(createCallDispatcher(calls))
  routeNodeHttp(calls, [document.directorySocket])
  const meters = createMeters({ service, deployment, ...document.metrics })
  useMeters(meters)
  const hops = document.hops && new HopLog(document.hops)
  if (hops) recordEmissions(hops, document)
  serveOperators(document.operatorSocket, { meters, hops })
  const verifier = createTokenVerifier({ client, audience })
  return {
    document,
    weightOf: ({ id, tier }) => ownWeights.of(id) ?? weights[tier] ?? 1,
    verifier,
    callers: createCallerVerifier({ client }),
    accessTokens: document.acceptsAccessTokens
      ? createAccessTokenDoor({ client, verifier, audience })
      : undefined,
    tenantKeys: createTenantKeyCache(client, audience),
    keeper: createTokenKeeper({ client, verifier, audience }),
    work: {
      begin: async (tenant, reason) =>
        verifier.verify(await client.mintForWork(tenant, { audience, reason })),
      tenants: () => client.tenantsOfWork(),
    },
    adoption: createAdoption(document.database, meters),
    central: createCentralDoor(client, audience),
    meters,
    accessLog: document.accessLog ? createAccessLog() : undefined,
    hops,
    usage,
  }
}

function createAdoption(database: RuntimeDocument['database'], meters: Meters): Runtime['adoption'] {
  if (!database?.adopted) return undefined
  const { url, host, port, database: name, user, password } = database
  const address =
    url === undefined ? { host, port, database: name, user, password } : { connectionString: url }
  // Loaded when it is needed: a service without a database has no driver.
  const source = import('@tenantry/isolation/lease').then((room) => room.createRequestModeSource(address))
  return {
    door: createAdoptionDoor(async () => (await source)()),
    log: createAdoptionLog({ count: (kind, table) => meters.recordFinding(kind, table) }),
  }
}
