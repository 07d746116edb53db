import { randomUUID } from 'node:crypto'
import { isTenantryError, TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'
import type { RolloutReport, RolloutStep } from '../control-plane/apply/rollout-report.ts'
import type { ProcessChannel } from '../process/process-channel.ts'
import type { Fleet } from './fleet.ts'
import type { LocalDeployer } from './local-deployer.ts'
import type { PlannedProcess, PlatformProcess } from './platform-processes.ts'
import type { StartOptions } from './supervised-process.ts'

/** What a rollout works with. */
export interface RolloutParts {
  readonly fleet: Fleet
  readonly deployer: LocalDeployer
  /** The channel to the control plane that decides now. */
  readonly controlPlane: () => ProcessChannel
  /** The platform's processes by a configuration. */
  readonly plan: (config: TenantryConfig) => readonly PlannedProcess[]
}

/** How everything is brought to what a configuration says. */
interface Convergence {
  /** The platform's processes before deployments and gateways. */
  readonly order: readonly PlatformProcess[]
  /** Does one thing after the other, and says what follows when one fails. */
  readonly step: (work: () => Promise<void>) => Promise<void>
  /** True for a deployment that need not be there. */
  readonly mayMiss: (id: string) => boolean
}

/** Whoever mints tokens knows new workloads before there are any. */
const kinds: readonly PlatformProcess[] = ['identity-provider', 'token-service', 'control-plane', 'relay']
/** A start is tried twice: what does not come up by then is not mended by a third time. */
const patience: StartOptions = { triesMax: 2 }
/** The control plane makes what is new: databases, migrations, deployments. */
const controlPlanePatience: StartOptions = { triesMax: 1, readyMaxMs: 300_000 }
const platformDrainMs = 2_000
/** As long as an answer may take. */
const gatewayDrainMs = 30_000

/**
 * Makes another configuration hold on a running system: each process whose document differs gets a new one in its place, beside it, one after
 * the other. Gateways come last, so that they send requests to nothing that is not there; before them nothing that they need goes away.
 */
export class Rollout {
  readonly #parts: RolloutParts
  readonly #id = randomUUID()
  readonly #startedAtMs = performance.now()
  readonly #steps: RolloutStep[] = []
  readonly #left: string[] = []
  #failure: RolloutReport['failure'] = null
  #state: RolloutReport['state'] = 'running'
  #tookMs = 0
  /** True from when the control plane changes nothing any more, and another has to take its place in any case. */
  #hasYielded = false

  constructor(parts: RolloutParts) {
    this.#parts = parts
  }

  get report(): RolloutReport {
    return {
      id: this.#id,
      state: this.#state,
      steps: this.#steps,
      ms: Math.round(this.#state === 'running' ? performance.now() - this.#startedAtMs : this.#tookMs),
      failure: this.#failure,
      left: this.#left,
    }
  }

  /** Settles when `next` holds, or `former` again. Never rejects: the report tells. Returns which of both holds. */
  async run({ former, next }: { former: TenantryConfig; next: TenantryConfig }): Promise<TenantryConfig> {
    const ran = new Set(this.#parts.deployer.deployments.map(({ id }) => id))
    try {
      await this.#converge(next, {
        order: kinds,
        step: (work) => work(),
        mayMiss: (id) => !ran.has(id) && this.#knew(former, id),
      })
      this.#end('done')
      return next
    } catch (error) {
      this.#failure = describe(error)
      // What cannot be put back holds up nothing else.
      const step = async (work: () => Promise<void>) => {
        await work().catch((trouble: unknown) => this.#left.push(describe(trouble).message))
      }
      // Without a control plane no other process comes up.
      const order = [...kinds].sort((a, b) => Number(b === 'control-plane') - Number(a === 'control-plane'))
      await step(() => this.#converge(former, { order, step, mayMiss: () => true }))
      this.#end('failed')
      return former
    }
  }

  /** Brings everything to what a configuration says, wherever it is now. */
  async #converge(config: TenantryConfig, { order, step, mayMiss }: Convergence): Promise<void> {
    const { fleet, deployer, plan, controlPlane } = this.#parts
    const planned = plan(config)
    const of = (kind: string) => planned.filter(({ workload }) => workload.kind === kind)
    deployer.use(config, patience)
    await step(() => this.#yield())
    for (const kind of order) for (const one of of(kind)) await step(() => this.#bring(one))
    await step(async () => {
      const expected = await controlPlane().call<string[]>('deployments', {})
      this.#requireAll(expected, mayMiss)
      for (const id of deployer.tellLive()) this.#steps.push({ process: id, did: 'told', ms: 0 })
      for (const id of deployer.outdated.filter((id) => expected.includes(id)))
        await step(() => this.#timed(id, 'renewed', () => deployer.renew(id)))
    })
    for (const one of of('gateway')) await step(() => this.#bring(one))
    for (const { id, kind } of fleet.workloads) {
      if (kind !== 'gateway' || planned.some(({ plan }) => plan.id === id)) continue
      fleet.remove(id, gatewayDrainMs)
      this.#steps.push({ process: id, did: 'stopped', ms: 0 })
    }
    await step(async () => {
      const gone = deployer.keepOnly(await controlPlane().call<string[]>('deployments', {}))
      for (const id of gone) this.#steps.push({ process: id, did: 'stopped', ms: 0 })
    })
  }

  async #bring(planned: PlannedProcess): Promise<void> {
    const { fleet, deployer, controlPlane } = this.#parts
    const { plan, workload } = planned
    const isControlPlane = workload.kind === 'control-plane'
    if ((await fleet.runsAs(planned)) && !(isControlPlane && this.#hasYielded)) return
    if (!isControlPlane) {
      // Nobody who is not known is given a token.
      await controlPlane().call('workload', { workload })
      const drainMs = workload.kind === 'gateway' ? gatewayDrainMs : platformDrainMs
      const did = fleet.get(plan.id) ? 'renewed' : 'started'
      return this.#timed(plan.id, did, () => fleet.replace(planned, { ...patience, drainMs }))
    }
    await this.#timed(plan.id, 'renewed', async () => {
      const known = new Set(deployer.deployments.map(({ id }) => id))
      const drainMs = platformDrainMs
      await fleet.replace(planned, { ...controlPlanePatience, drainMs })
      this.#hasYielded = false
      const added = deployer.deployments.filter(({ id }) => !known.has(id))
      for (const { id } of added) this.#steps.push({ process: id, did: 'started', ms: 0 })
    })
  }

  /** Lets the control plane change nothing from here on: two that decide would be of two minds. */
  async #yield(): Promise<void> {
    if (this.#hasYielded) return
    this.#hasYielded = true
    this.#parts.fleet.get('control-plane')?.letEnd()
    await this.#parts.controlPlane().call('yield', {})
  }

  /** Every deployment has to be there, unless it was not there before either. */
  #requireAll(expected: readonly string[], mayMiss: (id: string) => boolean): void {
    const { deployer } = this.#parts
    const running = new Set(deployer.deployments.map(({ id }) => id))
    const missing = expected.find((id) => !running.has(id) && !mayMiss(id))
    if (missing === undefined) return
    throw (
      deployer.failureOf(missing) ??
      new TenantryError('DEPLOYMENT_MISSING', `\`${missing}\` did not come up`, {
        help: 'see the log of the control plane, and `npx tenantry migrate --status`',
      })
    )
  }

  /** True for a deployment of a service that a configuration had already. */
  #knew({ services }: TenantryConfig, id: string): boolean {
    return Object.hasOwn(services, id.split('.')[0] ?? '')
  }

  async #timed(process: string, did: RolloutStep['did'], work: () => Promise<void>): Promise<void> {
    const startedAtMs = performance.now()
    await work()
    this.#steps.push({ process, did, ms: Math.round(performance.now() - startedAtMs) })
  }

  #end(state: 'done' | 'failed'): void {
    this.#tookMs = performance.now() - this.#startedAtMs
    this.#state = state
  }
}

function describe(error: unknown): { code: string; message: string; help: string } {
  if (isTenantryError(error)) return { code: error.code, message: error.message, help: error.help }
  return {
    code: 'APPLY_FAILED',
    message: String((error as Error).message),
    help: 'see the logs of the processes',
  }
}
