import type { ChildProcess } from 'node:child_process'
import type { ProcessChannel } from '../process/process-channel.ts'

/** The channel to the newest of the processes of one kind that is there: the one before answers again when the newest ends. */
export class LatestChannel {
  readonly #open: ProcessChannel[] = []
  #last: ProcessChannel | undefined

  /** Takes the channel of a process that was just started. */
  add(child: ChildProcess, channel: ProcessChannel): void {
    this.#open.push(channel)
    this.#last = channel
    child.once('exit', () => this.#open.splice(this.#open.indexOf(channel), 1))
  }

  /** While none is there, that of the last one, which is closed; `undefined` before the first. */
  get current(): ProcessChannel | undefined {
    return this.#open.at(-1) ?? this.#last
  }
}
