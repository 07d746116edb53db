/**
 * A Redis client of `ioredis` whose keys cannot cross tenants.
 * @module
 */
import { TenantryError } from '@tenantry/context'
import type { Redis } from 'ioredis'
import { BlockingConnections } from './redis/blocking-connections.ts'
import { CommandTable } from './redis/command-table.ts'
import {
  IsolatedConnection,
  type Isolation,
  type Pipeline,
  sendAdmitted,
} from './redis/isolated-connection.ts'
import type { RedisCommand } from './redis/redis-command.ts'
import { requireRuntime } from './runtime/require-runtime.ts'

/** What an isolated client may do besides commands that name their keys. */
export interface IsolateRedisOptions {
  /**
   * Lets Lua scripts and functions run that declare keys; false. Redis does not hold a script to them, so each must
   * touch no other: what a script does besides, nothing stops.
   */
  readonly scripts?: boolean
  /** How many commands may wait in Redis at once, each on a connection of its own; 20. */
  readonly blockingConnectionsMax?: number
}

/**
 * Resolves with the same client for code that knows of one customer: each key that a command names becomes one of the
 * tenant of its scope, and of this service, and comes back without that. The server itself is asked once where the keys
 * of its commands are. The client given stays as it was, for what belongs to no tenant.
 *
 * Commands reject, and pipelines throw as they are filled, before anything reaches the network: with `CONTEXT_MISSING` outside a
 * scope, `CONTEXT_CLOSED` or `CONTEXT_EXPIRED` (503) when its token is over, `REDIS_REFUSED` for a command that reaches past
 * its keys, `REDIS_OTHER_SCOPE` on a pipeline or duplicate that is another tenant's, and `REDIS_BUSY` (503) when too many wait.
 * Rejects with `REDIS_UNSUPPORTED` for a client or a server with which keys cannot be kept apart.
 *
 * @example
 * const redis = await isolateRedis(new Redis())
 * await redis.set('greeting', 'hello', 'EX', 60)
 */
export async function isolateRedis(client: Redis, options: IsolateRedisOptions = {}): Promise<Redis> {
  requireSupported(client)
  const { scripts = false, blockingConnectionsMax = 20 } = options
  const { service } = requireRuntime().document
  const table = new CommandTable(await client.call('COMMAND'))
  const open = () => client.duplicate({ lazyConnect: false }).on('error', () => undefined)
  const blocking = new BlockingConnections(open as never, blockingConnectionsMax)
  client.once('end', () => blocking.end())
  return isolate(client, { service, table, rules: { scripts } }, { blocking })
}

interface Use {
  /** Where commands that wait are sent; none for a connection of its own. */
  readonly blocking?: BlockingConnections
  readonly owner?: string
}

function isolate(client: Redis, isolation: Isolation, { blocking, owner }: Use): Redis {
  const connection = new IsolatedConnection(isolation, owner)
  const own: Record<string | symbol, unknown> = {
    sendCommand: (command: RedisCommand, ...rest: never[]) =>
      sendAdmitted(connection, command, {
        shared: () => client.sendCommand(command as never, ...rest),
        blocking,
      }),
    pipeline: (...args: never[]) => connection.hold(Reflect.apply(client.pipeline, isolated, args)),
    multi: (...args: never[]) => {
      const made: Pipeline | Promise<unknown> = Reflect.apply(client.multi, isolated, args)
      return '_queue' in made ? connection.hold(made) : made
    },
    duplicate(override?: Parameters<Redis['duplicate']>[0]) {
      const tenant = connection.requireTenant()
      const duplicate = client.duplicate({ ...override, lazyConnect: true })
      requireSupported(duplicate)
      return isolate(duplicate, isolation, { owner: tenant })
    },
    connect: client.connect.bind(client),
    disconnect: client.disconnect.bind(client),
    quit: client.quit.bind(client),
  }
  // The driver's own methods run on the proxy, so what they send passes here.
  const isolated: Redis = new Proxy(client, {
    get: (target, name, receiver) =>
      Object.hasOwn(own, name) ? own[name] : Reflect.get(target, name, receiver),
  })
  return isolated
}

function requireSupported({ options, isCluster }: Redis): void {
  const facts: [unknown, string, string][] = [
    [isCluster, 'a cluster client', 'pass a `Redis` of ioredis 6'],
    [!options, 'what is no client of ioredis', 'pass a `Redis` of ioredis 6'],
    [options?.keyPrefix, '`keyPrefix`', 'take it out: keys get their prefix here'],
    [
      options?.enableAutoPipelining,
      '`enableAutoPipelining`',
      'take it out: it collects what many tenants ask for',
    ],
    [options?.monitor, '`monitor`', 'watch the server as its operator'],
    [options?.replyMapping === 'resp3', '`replyMapping: "resp3"`', 'leave it at `legacy`'],
  ]
  const fact = facts.find(([holds]) => holds)
  if (!fact) return
  const [, what, help] = fact
  throw new TenantryError('REDIS_UNSUPPORTED', `${what} is not supported here`, { help })
}
