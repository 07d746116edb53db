import { signLease, type TenantKey } from '../database/tenant-key.ts'
import type { DriverClient, DriverConnection, DriverQuery } from './driver.ts'
import { inOnePiece, textOf } from './driver.ts'
import {
  deallocateText,
  forgetStatements,
  leaseQuery,
  resetText,
  sendBatch,
  sendLease,
  sendResets,
  sequencesText,
} from './lease-batch.ts'
import { OwnAnswers } from './own-answers.ts'
import { PreparedStatements } from './prepared-statements.ts'
import { dropsLease, leaseless, leavesLittle, readKind, transactional } from './statement-kind.ts'

/**
 * Puts statements onto one connection when their turn comes and the transaction's state is known: after what is due
 * from the last tenant, and with the lease in the same piece where the transaction does not hold it yet.
 */
export class StatementSender {
  /** What leases are signed with; nothing that needs one is sent without it. */
  key: TenantKey | undefined
  readonly #driver: DriverClient
  readonly #pooler: boolean
  readonly #answers: OwnAnswers
  readonly #prepared = new PreparedStatements()
  /** What the running transaction was given; a key's leases differ by connection alone. */
  #leasedWith: TenantKey | undefined
  /** A transaction was begun, and nothing has run in it. */
  #begun = false
  /** What statements since the last reset may have left. */
  #residue: 'none' | 'settings' | 'anything' = 'none'
  /** Sequences may remember what they gave to another tenant. */
  #hasSequences = false
  /** What has to run before the next transaction, in a batch of its own. */
  readonly #due = new Set<string>()

  constructor(driver: DriverClient, { pooler }: { pooler: boolean }) {
    this.#driver = driver
    this.#pooler = pooler
    this.#answers = new OwnAnswers(driver.connection)
  }

  get #connection(): DriverConnection {
    return this.#driver.connection
  }

  /** Sends a statement; `leavesNothing` when it is known to leave nothing behind. `submit` is the driver's own way. */
  send(query: DriverQuery, { leavesNothing }: { leavesNothing: boolean }, submit: () => unknown): unknown {
    return inOnePiece(this.#connection, () => {
      const status = this.#driver.getTransactionStatus()
      const { keyword, mayBeSeveral } = readKind(textOf(query))
      // INVARIANT: what is sent is one statement, the one that was looked at. Only the simple protocol takes several.
      if (mayBeSeveral) query.queryMode = 'extended'
      const isFirst = status === 'I' || this.#begun
      this.#begun = status === 'I' && leaseless.has(keyword)
      if (isFirst || dropsLease.has(keyword)) this.#leasedWith = undefined
      if (status === 'I') this.#sendDue()
      if (this.#pooler && isFirst && !this.#begun) this.#resetPooled(query)
      if (!leavesNothing && !transactional.has(keyword)) {
        if (status !== 'E' && !leaseless.has(keyword)) this.#discardSequences()
        this.#noteResidue(keyword)
      }
      const { key } = this
      if (status === 'E' || leaseless.has(keyword) || !key) return submit()
      return this.#sendLeased(query, key, submit)
    })
  }

  /** Prepares to serve another tenant. True when everything on the connection has to be discarded before. */
  changeTenant(): boolean {
    const residue = this.#residue
    this.#residue = 'none'
    this.#hasSequences = !this.#pooler
    if (residue === 'settings' && !this.#pooler) this.#due.add(resetText)
    return residue === 'anything' && !this.#pooler
  }

  /** What was sent past this may have left anything. */
  leaveAnything(): void {
    this.#residue = 'anything'
  }

  /** Gives the open transaction its lease ahead of a statement that nothing can be sent in front of. */
  async leaseAhead(
    key: TenantKey,
    query: (text: string, values: string[]) => Promise<unknown>,
  ): Promise<void> {
    if (this.#hasSequences) await query(sequencesText, [])
    this.#hasSequences = false
    if (this.#leasedWith === key) return
    await query(...leaseQuery(this.#leaseOf(key)))
    this.#leasedWith = key
    this.#begun = false
  }

  /** No tenant is served until there is a key again. */
  clear(): void {
    this.key = undefined
    this.#leasedWith = undefined
  }

  /** What was prepared is to be prepared anew. */
  prepareAnew(): void {
    this.#due.add(deallocateText)
  }

  /** Nothing is prepared on the connection any more. */
  forgetPrepared(): void {
    forgetStatements(this.#connection)
    this.#prepared.clear()
  }

  #sendLeased(query: DriverQuery, key: TenantKey, submit: () => unknown): unknown {
    // Only the extended protocol has a Sync: in front of a simple query the lease would leave a transaction open.
    query.queryMode = 'extended'
    const send = this.#pooler ? submit : this.#prepared.take(query, this.#connection, submit)
    if (this.#leasedWith !== key) {
      this.#leasedWith = key
      sendLease(this.#connection, this.#answers, this.#leaseOf(key), { prepared: !this.#pooler })
    }
    return send()
  }

  #sendDue(): void {
    if (this.#due.size === 0) return
    sendBatch(this.#connection, this.#answers, [...this.#due].join('; '))
    if (this.#due.has(deallocateText)) this.forgetPrepared()
    this.#due.clear()
  }

  // Inserts leave it, and only statements that are not known to leave nothing can read it.
  #discardSequences(): void {
    if (this.#hasSequences) sendBatch(this.#connection, this.#answers, sequencesText)
    this.#hasSequences = false
  }

  // Any session's settings may be there, at each transaction; and a reset of its own could come to another connection.
  #resetPooled(query: DriverQuery): void {
    query.queryMode = 'extended'
    sendResets(this.#connection, this.#answers)
  }

  #noteResidue(keyword: string): void {
    this.#residue = leavesLittle.has(keyword) && this.#residue !== 'anything' ? 'settings' : 'anything'
    if (keyword === 'deallocate' || keyword === 'discard') this.forgetPrepared()
  }

  // Not remembered: to sign takes less time than to look it up.
  #leaseOf(key: TenantKey): string {
    return signLease(key, this.#pooler ? 0 : this.#driver.processID)
  }
}
