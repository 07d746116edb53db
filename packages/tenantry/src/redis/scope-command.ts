import type { CommandFacts, CommandTable } from './command-table.ts'
import { findKeys } from './key-specification.ts'
import { readOwnKeys } from './own-keys.ts'
import { type RedisCommand, wordOf } from './redis-command.ts'
import { refuse } from './redis-refused.ts'
import type { TenantPrefix } from './tenant-prefix.ts'

/** What a command may do besides what its keys are. */
export interface CommandRules {
  /** Lua scripts and functions, which Redis does not hold to the keys that they declare. */
  readonly scripts: boolean
}

const harmless = new Set(['ping', 'echo', 'time'])
const ofTransactions = new Set(['multi', 'exec', 'discard', 'unwatch'])

/**
 * Makes a command one of the tenant's: its keys get the prefix, and lose it again in the answer. Returns what the server says
 * of it. Throws `REDIS_REFUSED` for a command that reaches past its keys, or whose keys the server cannot tell.
 */
export function scopeCommand(
  command: RedisCommand,
  prefix: TenantPrefix,
  { table, rules }: { table: CommandTable; rules: CommandRules },
): CommandFacts {
  const name = command.name.toLowerCase()
  const facts = table.find(name, command.args[0])
  if (!facts) throw refuse(name, 'is no command of this server', 'see `COMMAND LIST` for those it has')
  if (name === 'scan') command.args = scopeScan(command.args, prefix)
  else if (!harmless.has(name) && !ofTransactions.has(name)) scopeKeys(command, facts, prefix, rules)
  const { transformReply, reject } = command
  command.transformReply = (answer) => readOwnKeys(name, transformReply.call(command, answer), prefix)
  command.reject = (error) => reject.call(command, prefix.takeFromError(error))
  // The driver finds a cluster's node by the keys, and may have looked already.
  delete command.keys
  delete command.slot
  return facts
}

function scopeKeys(
  { args }: RedisCommand,
  { name, flags, keys, categories }: CommandFacts,
  prefix: TenantPrefix,
  { scripts }: CommandRules,
): void {
  if (keys?.length === 0) {
    const help = 'use commands that name keys; ask an operator for what concerns the whole server'
    throw refuse(name, 'reaches past the keys of one tenant', help)
  }
  if (categories.has('@dangerous') || categories.has('@admin')) {
    throw refuse(name, 'is for operators', 'sort and copy in the service')
  }
  if (flags.has('module')) {
    throw refuse(name, "is a module's, which need not tell all its keys", 'use a command of Redis itself')
  }
  if (!keys) throw refuse(name, 'does not name its keys', 'use a command whose keys the server can tell')
  if (categories.has('@scripting') && !scripts) {
    const help = 'pass `scripts: true` where each script touches the keys it declares, and no other'
    throw refuse(name, 'runs a script, which Redis does not hold to its keys', help)
  }
  const positions = new Set(keys.flatMap((specification) => findKeys(name, specification, args)))
  if (positions.size === 0) throw refuse(name, 'names no key', 'name the keys that it is about')
  // INVARIANT: every key that the server takes from this command is the tenant's own.
  for (const at of positions) args[at] = prefix.addTo(args[at] ?? '')
}

/** The pattern goes last: there it wins over any other. */
function scopeScan(
  [cursor = '', ...options]: (string | Buffer)[],
  prefix: TenantPrefix,
): (string | Buffer)[] {
  let pattern: string | Buffer = '*'
  const kept: (string | Buffer)[] = []
  for (let at = 0; at < options.length; at += 2) {
    const [option = '', value] = options.slice(at, at + 2)
    if (wordOf(option) === 'match' && value !== undefined) pattern = value
    else kept.push(option, ...(value === undefined ? [] : [value]))
  }
  return [cursor, ...kept, 'MATCH', prefix.addToPattern(pattern)]
}
