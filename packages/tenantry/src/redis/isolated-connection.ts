import { TenantryError } from '@tenantry/context'
import type { BlockingConnections } from './blocking-connections.ts'
import type { CommandFacts, CommandTable } from './command-table.ts'
import { type RedisCommand, wordOf } from './redis-command.ts'
import { refuse } from './redis-refused.ts'
import { requireLiveTenant } from './require-live-tenant.ts'
import { type CommandRules, scopeCommand } from './scope-command.ts'
import { TenantPrefix } from './tenant-prefix.ts'

/** What all connections of one isolated client share. */
export interface Isolation {
  readonly service: string
  readonly table: CommandTable
  readonly rules: CommandRules
}

/** A driver's pipeline, as far as it collects commands. */
export interface Pipeline {
  readonly _queue: readonly RedisCommand[]
  sendCommand(command: RedisCommand): unknown
}

/** What was collected to be sent in one piece, of one tenant. */
interface Batch {
  tenant: string | undefined
  inTransaction: boolean
}

const endsTransaction = new Set(['exec', 'discard'])

/** Decides, for one connection, what may pass and as what. */
export class IsolatedConnection {
  readonly #isolation: Isolation
  /** The tenant that has this connection for itself; undefined where all share it. */
  readonly #owner: string | undefined
  readonly #batches = new WeakMap<RedisCommand, Batch>()

  constructor(isolation: Isolation, owner?: string) {
    this.#isolation = isolation
    this.#owner = owner
  }

  /**
   * Makes a command the tenant's own, or throws. Answers the connections that it must be sent by, if it is to wait; a
   * command of a pipeline was made so when it was collected, in the scope that did it.
   */
  admit(command: RedisCommand): 'shared' | 'blocking' {
    const batch = this.#batches.get(command)
    if (batch) {
      // INVARIANT: no connection is left in a transaction that the next tenant's commands would fall into.
      if (batch.inTransaction) throw refuse('multi', 'has no `exec`', 'end the transaction in its pipeline')
      return 'shared'
    }
    const facts = this.#scope(command, this.requireTenant())
    const changesConnection = facts.categories.has('@transaction')
    if (this.#owner !== undefined) return 'shared'
    if (changesConnection) throw ownConnection(facts.name)
    return blocks(command, facts) ? 'blocking' : 'shared'
  }

  /** Makes every command of a pipeline the tenant's own as it is collected; what is refused throws there. */
  hold<P extends Pipeline>(pipeline: P): P {
    const batch: Batch = { tenant: undefined, inTransaction: false }
    for (const command of pipeline._queue) this.#collect(command, batch)
    const send = pipeline.sendCommand
    pipeline.sendCommand = (command) => {
      this.#collect(command, batch)
      return send.call(pipeline, command)
    }
    return pipeline
  }

  #collect(command: RedisCommand, batch: Batch): void {
    const tenant = this.requireTenant()
    batch.tenant ??= tenant
    if (batch.tenant !== tenant) throw otherScope('this pipeline')
    const facts = this.#scope(command, tenant)
    const { name } = facts
    if (this.#owner === undefined) {
      if (name === 'watch' || name === 'unwatch') throw ownConnection(name)
      if (!batch.inTransaction && blocks(command, facts)) {
        throw refuse(name, 'would hold up everyone in a pipeline', 'send it by itself, or in a transaction')
      }
    }
    if (name === 'multi') batch.inTransaction = true
    if (endsTransaction.has(name)) batch.inTransaction = false
    this.#batches.set(command, batch)
  }

  /** The tenant of this code's scope, if this connection serves it; throws `REDIS_OTHER_SCOPE` if it is another's. */
  requireTenant(): string {
    const tenant = requireLiveTenant()
    if (this.#owner !== undefined && this.#owner !== tenant) throw otherScope('this connection')
    return tenant
  }

  #scope(command: RedisCommand, tenant: string): CommandFacts {
    return scopeCommand(command, new TenantPrefix(this.#isolation.service, tenant), this.#isolation)
  }
}

/** Sends a command by the connection that it may be sent by; a refusal rejects, as the driver's own errors do. */
export function sendAdmitted(
  connection: IsolatedConnection,
  command: RedisCommand,
  { shared, blocking }: { shared: () => unknown; blocking: BlockingConnections | undefined },
): unknown {
  try {
    const by = connection.admit(command)
    return by === 'blocking' && blocking ? blocking.send(command) : shared()
  } catch (error) {
    command.reject(error as Error)
    return command.promise
  }
}

/** Reads of streams wait only where they say so. */
function blocks({ args }: RedisCommand, { name, flags }: CommandFacts): boolean {
  if (!flags.has('blocking')) return false
  return !name.startsWith('xread') || args.some((arg) => wordOf(arg) === 'block')
}

function ownConnection(command: string): TenantryError {
  const help = 'use `multi().….exec()`, or `duplicate()` for a connection of its own'
  return refuse(command, 'changes a connection that others share', help)
}

function otherScope(what: string): TenantryError {
  return new TenantryError('REDIS_OTHER_SCOPE', `${what} is another tenant's`, {
    help: 'make one in the request that uses it',
  })
}
