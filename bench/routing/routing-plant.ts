import { join } from 'node:path'
import type { Pair } from '../measure.ts'
import { Requester } from '../requester.ts'
import { type ServiceProcess, startProcess } from '../service-process.ts'
import { GatewayPlant } from './gateway-plant.ts'
import type { Forwarder, RoutingRow } from './routing-rows.ts'
import { startNginx, startNginxWithEndpoint } from './start-nginx.ts'

/** Users who ask in turn, each with an access token of its own. */
const users = 1_000
const few = 10
/** So many requests are sent to each side first: a process that was just started is slower, whatever it does, and a row is not about that. */
const warmUp = 8_000

const startServer = (name: string, env: Record<string, string> = {}) =>
  startProcess(join(import.meta.dirname, 'servers', `${name}.ts`), env)

/** One upstream, and whoever forwards to it, each started when a row needs it. */
export class RoutingPlant {
  readonly #upstream: ServiceProcess
  readonly #gateways = new Map<number, GatewayPlant>()
  readonly #peers = new Map<Forwarder, ServiceProcess>()
  readonly #requesters: Requester[] = []

  private constructor(upstream: ServiceProcess) {
    this.#upstream = upstream
  }

  static async start(): Promise<RoutingPlant> {
    return new RoutingPlant(await startServer('upstream'))
  }

  async open({ tenants, peer }: RoutingRow, { connections }: { connections: number }): Promise<Pair> {
    const ours = await this.#gateway(tenants)
    if (peer === 'gateway') {
      // As young as ours: one that served other rows before would be warmer.
      const fewer = await this.#startGateway(few)
      return {
        ours: await this.#asker(ours.origin, connections, await ours.tokens(users, tenants)),
        peer: await this.#asker(fewer.origin, connections, await fewer.tokens(users, few)),
      }
    }
    const other = await this.#peer(peer, ours)
    const tokens = await ours.tokens(users, tenants)
    return {
      ours: await this.#asker(ours.origin, connections, tokens),
      peer: await this.#asker(other.origin, connections, tokens),
    }
  }

  /** What the gateways' processes hold, in MiB, by the number of their tenants. */
  memory(): Record<string, number> {
    const entries = [...this.#gateways].map(([tenants, gateway]) => [
      `MiB of the gateway for ${tenants} tenants`,
      Math.round(gateway.memory() / 2 ** 20),
    ])
    return Object.fromEntries(entries)
  }

  async stop(): Promise<void> {
    for (const requester of this.#requesters) requester.close()
    for (const { stop } of [...this.#peers.values(), this.#upstream]) stop()
    for (const gateway of this.#gateways.values()) await gateway.stop()
  }

  async #gateway(tenants: number): Promise<GatewayPlant> {
    return this.#gateways.get(tenants) ?? this.#startGateway(tenants)
  }

  /** In place of the one for so many that there may be. */
  async #startGateway(tenants: number): Promise<GatewayPlant> {
    await this.#gateways.get(tenants)?.stop()
    const gateway = await GatewayPlant.start(this.#upstream.origin, tenants)
    this.#gateways.set(tenants, gateway)
    return gateway
  }

  async #peer(name: Exclude<Forwarder, 'gateway'>, { endpoint }: GatewayPlant): Promise<ServiceProcess> {
    const { origin } = this.#upstream
    const start = {
      'http-proxy': () => startServer('http-proxy', { UPSTREAM: origin }),
      nginx: () => startNginx(origin),
      'nginx-endpoint': () => startNginxWithEndpoint(origin, endpoint),
    }
    const started = this.#peers.get(name) ?? (await start[name]())
    this.#peers.set(name, started)
    return started
  }

  async #asker(origin: string, connections: number, tokens: readonly string[]): Promise<Pair['ours']> {
    const requester = await Requester.open(origin, { connections, status: 200 })
    this.#requesters.push(requester)
    const head = 'GET /products HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\nauthorization: Bearer '
    let turn = 0
    const ask = () => requester.send(`${head}${tokens[turn++ % tokens.length]}\r\n\r\n`)
    const keepAsking = async () => {
      while (turn < warmUp) await ask()
    }
    await Promise.all(Array.from({ length: connections }, keepAsking))
    return ask
  }
}
