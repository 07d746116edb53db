import type { SupervisedProcess } from './supervised-process.ts'

/** Processes whose place another has taken, until what was under way there is over. */
export class Retiring {
  readonly #processes = new Set<SupervisedProcess>()

  /** Lets one end by itself, within `drainMs`. */
  add(process: SupervisedProcess, drainMs: number, onGone: () => void = () => undefined): void {
    this.#processes.add(process)
    void process.retire(drainMs).then(() => {
      this.#processes.delete(process)
      onGone()
    })
  }

  /** Ends all that are left, within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all([...this.#processes].map((process) => process.stop(graceMs)))
  }
}
