import { Redis } from 'ioredis'
import { startRedis } from '../../../tools/start-redis.ts'
import { type IsolateRedisOptions, isolateRedis } from '../src/redis.ts'
import { TestPlatform } from './test-platform.ts'

export { redisMissing } from '../../../tools/start-redis.ts'

/** A real Redis, and the deployment `note` that uses it. */
export interface RedisPlant {
  readonly platform: TestPlatform
  /** Past all isolation: what the server really holds. */
  readonly raw: Redis
  /** A connected client of the plant's server, ended with it. */
  connect(options?: object): Redis
  isolated(options?: IsolateRedisOptions, clientOptions?: object): Promise<Redis>
  as<T>(tenant: string, work: () => T): T
  stop(): Promise<void>
}

export async function plantRedis(): Promise<RedisPlant> {
  const server = await startRedis()
  const platform = await TestPlatform.start()
  platform.becomeDeployment()
  const clients: Redis[] = []
  const connect = (options = {}) => {
    const { host, port, password } = server
    const client = new Redis({ host, port, password, ...options }).on('error', () => undefined)
    clients.push(client)
    return client
  }
  return {
    platform,
    raw: connect(),
    connect,
    isolated: (options, clientOptions) => isolateRedis(connect(clientOptions), options),
    as: (tenant, work) => platform.scope(tenant).run(work),
    async stop() {
      for (const client of clients) client.disconnect()
      platform.stop()
      await server.stop()
    },
  }
}
