import { generateSigningJwk, readSigningKey, signJws } from '@tenantry/context'
import { RunningGateway } from '../../packages/platform/test/running-gateway.ts'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import { hosts } from '../frameworks/hosts.ts'
import { NoteService } from '../frameworks/note-service.ts'
import type { FuzzTarget } from './fuzz.ts'

/** Who takes tokens from outside its own process: a service on each host, and the gateway. */
export interface RunningTarget extends FuzzTarget {
  readonly name: string
  close(): Promise<unknown>
}

const request = (path: string, ...headers: string[]) =>
  Buffer.from(`${[`GET ${path} HTTP/1.1`, 'host: malformed', ...headers].join('\r\n')}\r\n\r\n`)

/** Starts every target. The process becomes a deployment. */
export async function startTargets(): Promise<RunningTarget[]> {
  const platform = await TestPlatform.start()
  platform.becomeDeployment()
  const caller = () => Object.entries(platform.caller()).flat().join(': ')
  const place = { header: 'txn-token', scheme: '', caller }
  const good = ['tenant-a', 'tenant-b', 'tenant-c'].map((tenant) =>
    platform.token(tenant, { exp: inAnHour() }),
  )
  const nowS = Math.floor(Date.now() / 1000)
  const signedWrongly = [
    ...[
      { exp: nowS - 1 },
      { exp: 1e30 },
      { exp: '4000000000' },
      { exp: -1 },
      { iat: nowS + 600 },
      { iat: 0.5 },
    ],
    ...[
      { aud: 'elsewhere' },
      { aud: ['adapter.test'] },
      { txn: '' },
      { sub: undefined },
      { scope: 7 },
      { rctx: {} },
    ],
    ...[
      { req_wl: 'x'.repeat(600) },
      { tctx: {} },
      { tctx: null },
      { tctx: { tenant: { id: 'Tenant-A', tier: 'b' } } },
    ],
    ...[
      { tctx: { tenant: { id: '*', tier: 'basic' } } },
      { tctx: { tenant: { id: 'ｔenant-a', tier: 'basic' } } },
    ],
  ].map((changes) => platform.token('tenant-a', { exp: inAnHour(), ...(changes as object) }))
  const services = await Promise.all(
    hosts.map(async (host): Promise<RunningTarget> => {
      const { origin, close } = await host.start(new NoteService())
      const goodRequest = () => request('/tenant', `txn-token: ${good[0]}`, caller())
      return { name: `a service on ${host.name}`, origin, place, good, signedWrongly, goodRequest, close }
    }),
  )
  const gateway = await startGateway()
  const closeGateway = gateway.close
  return [...services, { ...gateway, close: async () => Promise.all([closeGateway(), platform.stop()]) }]
}

async function startGateway(): Promise<RunningTarget> {
  const gateway = await RunningGateway.start()
  await gateway.serve((_incoming, response) => response.end('in'))
  const good = await Promise.all(
    ['u1', 'u2', 'u3'].map((sub) => gateway.token({ claims: { sub }, expiresIn: '1h' })),
  )
  const foreign = readSigningKey(generateSigningJwk())
  const signedWrongly = [
    ...(await Promise.all([
      gateway.token({ expiresIn: Math.floor(Date.now() / 1000) - 60 }),
      gateway.token({ claims: { aud: 'elsewhere' } }),
      gateway.token({ claims: { iss: 'https://elsewhere.example' } }),
      gateway.token({ claims: { tenant: 'Tenant-A' } }),
      gateway.token({ claims: { tenant: '*' } }),
      gateway.token({ header: { typ: 'JWT' } }),
      gateway.token({ header: { typ: 'txntoken+jwt' } }),
    ])),
    signJws('at+jwt', { tenant: 'tenant-a', iss: 'shop', aud: 'shop' }, foreign),
  ]
  return {
    name: 'the gateway',
    origin: gateway.origin,
    place: { header: 'authorization', scheme: 'Bearer ' },
    good,
    signedWrongly,
    goodRequest: () => request('/orders', `authorization: Bearer ${good[0]}`),
    close: () => gateway.close(),
  }
}

const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600
