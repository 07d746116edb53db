import { isDeepStrictEqual } from 'node:util'
import type { DirectoryWorkload } from '@tenantry/routing'
import type { PlannedProcess } from './platform-processes.ts'
import { Retiring } from './retiring.ts'
import { type StartOptions, SupervisedProcess } from './supervised-process.ts'

interface Member {
  readonly planned: PlannedProcess
  readonly process: SupervisedProcess
}

/** The platform's processes, by id, each as it was planned last. */
export class Fleet {
  readonly #members = new Map<string, Member>()
  /** Those that are to take another's place, and are not ready yet. */
  readonly #coming = new Set<SupervisedProcess>()
  readonly #retiring = new Retiring()
  #stopping = false

  constructor(planned: readonly PlannedProcess[]) {
    for (const one of planned) this.#members.set(one.plan.id, member(one))
  }

  get processes(): SupervisedProcess[] {
    return [...this.#members.values()].map(({ process }) => process)
  }

  get workloads(): DirectoryWorkload[] {
    return [...this.#members.values()].map(({ planned }) => planned.workload)
  }

  get(id: string): SupervisedProcess | undefined {
    return this.#members.get(id)?.process
  }

  /** True when this process runs, with just this document. */
  async runsAs({ plan }: PlannedProcess): Promise<boolean> {
    const running = this.#members.get(plan.id)?.planned
    if (!running) return false
    const documents = await Promise.all([running.plan.document(), plan.document()])
    const [now, wanted] = documents.map((document) => JSON.parse(JSON.stringify(document)))
    return isDeepStrictEqual(now, wanted)
  }

  /**
   * Starts a process as planned, in the place of one of its id where there is one: that goes on until the new one is ready, and then has
   * `drainMs` for what is under way. Rejects when the new one does not come up; the other is then still there.
   */
  async replace(
    planned: PlannedProcess,
    { drainMs, ...start }: StartOptions & { drainMs: number },
  ): Promise<void> {
    const { plan } = planned
    const coming = member(planned)
    this.#coming.add(coming.process)
    try {
      if (this.#stopping) coming.process.letEnd()
      await coming.process.start(start)
    } catch (error) {
      await coming.process.stop(0)
      throw error
    } finally {
      this.#coming.delete(coming.process)
    }
    const former = this.get(plan.id)
    this.#members.set(plan.id, coming)
    if (former) this.#retiring.add(former, drainMs)
  }

  /** Takes one out, which has `drainMs` for what is under way. */
  remove(id: string, drainMs: number): void {
    const process = this.get(id)
    this.#members.delete(id)
    if (process) this.#retiring.add(process, drainMs)
  }

  /** Stops all of them or those of some kinds, and whatever is coming or going. */
  async stop(graceMs: number, isMeant = (_kind: DirectoryWorkload['kind']) => true): Promise<void> {
    this.#stopping = true
    const own = [...this.#members.values()]
      .filter(({ planned }) => isMeant(planned.workload.kind))
      .map(({ process }) => process)
    await Promise.all([
      ...[...own, ...this.#coming].map((process) => process.stop(graceMs)),
      this.#retiring.stop(graceMs),
    ])
  }
}

function member(planned: PlannedProcess): Member {
  return { planned, process: new SupervisedProcess(planned.plan) }
}
