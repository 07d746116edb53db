import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import type { DirectoryWorkload, TenantryConfig } from '@tenantry/routing'
import { readConfig } from '@tenantry/routing'
import { openProcessChannel } from '../process/process-channel.ts'
import { Fleet } from './fleet.ts'
import { issueKey } from './issue-credential.ts'
import { LatestChannel } from './latest-channel.ts'
import { LocalDeployer } from './local-deployer.ts'
import type { PlannedProcess } from './platform-processes.ts'
import { Rollout } from './rollout.ts'
import { StateFolder } from './state-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-rollout-'))
after(() => rmSync(folder, { recursive: true }))

// Each does what a rollout asks of one of its kind, and ends at once when its document says that it is broken.
const program = `import { readFileSync } from 'node:fs'
import { openProcessChannel } from ${JSON.stringify(new URL('../process/process-channel.ts', import.meta.url))}
const { broken } = JSON.parse(readFileSync(3, 'utf8'))
if (broken) process.exit(3)
openProcessChannel(process, { yield: () => null, deployments: () => [], workload: () => null })
process.on('message', ({ type }) => type === 'retire' && process.exit())
process.on('disconnect', () => process.exit())
process.send({ type: 'ready' })
`
const entry = join(folder, 'process.mjs')
writeFileSync(entry, program)

const kinds = ['identity-provider', 'token-service', 'control-plane', 'relay', 'gateway'] as const
type Documents = Partial<Record<string, object>>

/** A configuration, which is told from others by its trust domain alone. */
const named = (trustDomain: string): TenantryConfig =>
  readConfig({
    trustDomain,
    identity: { issuer: 'https://identity.example', audience: 'shop', claims: { tenant: 't', role: 'r' } },
    tiers: {},
    services: {},
  })
const [former, next] = [named('former'), named('next')]

let channels: LatestChannel
let fleet: Fleet
let documents: Record<string, Documents>
let deployer: LocalDeployer
const workloads = new Map<string, DirectoryWorkload>()

function plan({ trustDomain }: TenantryConfig): PlannedProcess[] {
  const planned = (kind: (typeof kinds)[number], id: string): PlannedProcess => {
    const workload = workloads.get(id) ?? issueKey({ id, kind }).workload
    workloads.set(id, workload)
    const document = () => documents[trustDomain]?.[id] ?? {}
    const onSpawn = (child: Parameters<NonNullable<PlannedProcess['plan']['onSpawn']>>[0]) => {
      if (kind === 'control-plane') channels.add(child, openProcessChannel(child, {}))
    }
    return { workload, plan: { id, entry, logFile: join(folder, 'log'), document, onSpawn } }
  }
  const more = Object.keys(documents[trustDomain] ?? {}).filter((id) => id.startsWith('gateway-'))
  return [...kinds.map((kind) => planned(kind, kind)), ...more.map((id) => planned('gateway', id))]
}

beforeEach(async () => {
  documents = {}
  channels = new LatestChannel()
  fleet = new Fleet(plan(former))
  const controlPlane = () => channels.current ?? assert.fail('no channel')
  const state = new StateFolder(folder)
  deployer = new LocalDeployer({
    config: former,
    configFolder: folder,
    state,
    controlPlane,
    onDeployed: () => undefined,
  })
  await Promise.all(fleet.processes.map((process) => process.start()))
})
afterEach(() => fleet.stop(500))

const pids = () => Object.fromEntries(fleet.processes.map(({ id, pid }) => [id, pid]))

async function roll(changed: Record<string, Documents>) {
  documents = changed
  const rollout = new Rollout({
    fleet,
    deployer,
    plan,
    controlPlane: () => channels.current ?? assert.fail('no channel'),
  })
  assert.equal(rollout.report.state, 'running')
  const holds = await rollout.run({ former, next })
  return { report: rollout.report, holds }
}

test('exactly those processes are renewed whose documents differ, gateways last', async () => {
  const before = pids()
  const { report, holds } = await roll({ next: { gateway: { a: 1 }, 'control-plane': { a: 1 } } })
  assert.equal(holds, next)
  assert.deepEqual([report.state, report.failure, report.left], ['done', null, []])
  assert.deepEqual(
    report.steps.map(({ process, did }) => `${did} ${process}`),
    ['renewed control-plane', 'renewed gateway'],
  )
  const after = pids()
  for (const kind of kinds)
    assert.equal(after[kind] !== before[kind], ['gateway', 'control-plane'].includes(kind), kind)
})

test('gateways come and go with their number', async () => {
  const { report } = await roll({ next: { 'gateway-2': { a: 1 } } })
  assert.deepEqual(
    report.steps.map(({ process, did }) => `${did} ${process}`),
    ['renewed control-plane', 'started gateway-2'],
  )
  const back = await new Rollout({
    fleet,
    deployer,
    plan,
    controlPlane: () => channels.current ?? assert.fail(),
  }).run({
    former: next,
    next: former,
  })
  assert.equal(back, former)
  assert.equal(fleet.get('gateway-2'), undefined)
})

test('when a gateway does not come up, the one that serves is left alone, and all else is put back', async () => {
  const before = pids()
  const changed = { 'token-service': { a: 1 }, 'control-plane': { a: 1 }, gateway: { broken: true } }
  const { report, holds } = await roll({ next: changed })
  assert.equal(holds, former)
  assert.equal(report.state, 'failed')
  assert.deepEqual([report.failure?.code, report.left], ['PROCESS_FAILED', []])
  assert.match(report.failure?.message ?? '', /`gateway`/)
  assert.equal(pids().gateway, before.gateway)
  for (const planned of plan(former)) assert.ok(await fleet.runsAs(planned), planned.plan.id)
})

test('a control plane that does not come up is put back as well: the one before decides nothing any more', async () => {
  const before = pids()
  const { report } = await roll({ next: { 'token-service': { a: 1 }, 'control-plane': { broken: true } } })
  assert.match(report.failure?.message ?? '', /`control-plane`/)
  assert.deepEqual(report.left, [])
  for (const planned of plan(former)) assert.ok(await fleet.runsAs(planned), planned.plan.id)
  assert.notEqual(pids()['control-plane'], before['control-plane'])
  assert.deepEqual(await channels.current?.call('deployments', {}), [])
})

test('what cannot be put back is told, and holds up nothing else', async () => {
  const before = pids()
  const { report } = await roll({
    former: { relay: { broken: true } },
    next: { relay: { a: 1 }, 'token-service': { a: 1 }, gateway: { broken: true } },
  })
  assert.equal(report.state, 'failed')
  assert.deepEqual(report.left, ['`relay` does not start'])
  assert.equal(pids().gateway, before.gateway)
  const [tokenService] = plan(former).filter(({ plan: { id } }) => id === 'token-service')
  assert.ok(tokenService && (await fleet.runsAs(tokenService)))
})
