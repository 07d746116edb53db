import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CommandTable } from './command-table.ts'
import type { RedisCommand } from './redis-command.ts'
import { scopeCommand } from './scope-command.ts'
import { TenantPrefix } from './tenant-prefix.ts'

const prefix = new TenantPrefix('note', 'a')

/** A command as `COMMAND` lists it, with one key in front unless its specifications say otherwise. */
function entry(name: string, { flags = [] as string[], categories = [] as string[], begin = 'index' } = {}) {
  const specification = [
    ...['flags', ['RW', 'access']],
    ...['begin_search', ['type', begin, 'spec', ['index', 1, 'keyword', 'KEYS', 'startfrom', -2]]],
    ...['find_keys', ['type', 'range', 'spec', ['lastkey', 0, 'keystep', 1, 'limit', 0]]],
  ]
  return [name, -2, flags, 1, 1, 1, categories, [], [specification], []]
}

function scope(table: CommandTable, name: string, ...args: string[]): RedisCommand {
  const command: RedisCommand = {
    name,
    args,
    promise: Promise.resolve(),
    reject: () => undefined,
    transformReply: (answer) => answer,
  }
  scopeCommand(command, prefix, { table, rules: { scripts: false } })
  return command
}

// What no server of the tests has: commands of modules, and of versions to come.
it('takes a new command whose keys are said, and refuses one of a module or with keys half said', () => {
  const table = new CommandTable([
    entry('get'),
    entry('new'),
    entry('cms.merge', { flags: ['module'] }),
    entry('newer', { begin: 'unknown' }),
    entry('newest', { begin: 'keyword' }),
    entry('wipe', { categories: ['@dangerous'] }),
  ])
  assert.deepEqual(scope(table, 'NEW', 'k', 'v').args, ['tenantry:{4:note:1:a}:k', 'v'])
  for (const name of ['cms.merge', 'newer', 'newest', 'wipe', 'missing', 'new']) {
    const args = name === 'new' ? [] : ['k']
    assert.throws(() => scope(table, name, ...args), { code: 'REDIS_REFUSED' }, name)
  }
})

it('refuses a server that does not say where keys are', () => {
  const beforeSeven = ['get', 2, ['readonly', 'fast'], 1, 1, 1, ['@read']]
  for (const answer of [[], [beforeSeven], 'OK', null]) {
    assert.throws(() => new CommandTable(answer), { code: 'REDIS_UNSUPPORTED' })
  }
})
