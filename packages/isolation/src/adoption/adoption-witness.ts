import { type AdoptionFinding, readNotice, type ServerNotice } from './adoption-finding.ts'
import { readCallSite } from './read-call-site.ts'

/** For a database that was adopted and is not wholly enforced: who is told of what would have been refused or filtered. */
export interface Adopting {
  report(finding: AdoptionFinding): void
}

/** Tells, of one connection, what the server notices, with the place that the statement was asked from. */
export class AdoptionWitness {
  readonly #adopting: Adopting
  #callSite = ''
  /** Where the pool was asked, when that was further up than the connection was. */
  askedFrom: string | undefined

  constructor(adopting: Adopting) {
    this.#adopting = adopting
  }

  /** A statement is asked for now. */
  noteStatement(): void {
    this.#callSite = this.askedFrom ?? readCallSite()
  }

  /** There was no key for the last statement: it goes without a lease. */
  noteMissingKey(): undefined {
    this.#adopting.report({ kind: 'no-key', table: undefined, loud: false, callSite: this.#callSite })
  }

  /** The server said something while the last statement ran. */
  noteNotice(notice: ServerNotice): void {
    const finding = readNotice(notice, this.#callSite)
    if (finding) this.#adopting.report(finding)
  }
}
