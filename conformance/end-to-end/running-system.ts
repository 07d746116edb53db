import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findFreePort } from '../../packages/platform/src/supervisor/free-port.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What is started: the repository's own shop unless another folder is named. */
export interface SystemUnderTest {
  readonly launcher: string
  /** `start` unless another is named. */
  readonly command?: string
  readonly folder: string
  readonly config: string
  readonly nodeFlags: readonly string[]
}

const shop: SystemUnderTest = {
  launcher: join(root, 'packages/cli/bin/tenantry.js'),
  folder: root,
  config: 'examples/shop/tenantry.config.ts',
  nodeFlags: [],
}

/** One answer of the shop or the platform. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

/** The system as a user starts it: `tenantry start` in a process of its own, on free ports, with its own state. */
export class RunningSystem {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly gateway: string
  output = ''
  #child: ChildProcess | undefined
  readonly #tokens = new Map<string, string>()

  readonly #under: SystemUnderTest

  private constructor(under: SystemUnderTest, home: string, ports: readonly number[]) {
    this.#under = under
    const [gatewayPort, controlPort, identityPort] = ports
    this.home = home
    this.gateway = `http://127.0.0.1:${gatewayPort}`
    this.env = {
      ...process.env,
      TENANTRY_HOME: home,
      TENANTRY_GATEWAY_PORT: String(gatewayPort),
      TENANTRY_CONTROL_PORT: String(controlPort),
      TENANTRY_IDENTITY_PORT: String(identityPort),
      NO_COLOR: '1',
    }
  }

  static async create(under: SystemUnderTest = shop): Promise<RunningSystem> {
    const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort()])
    return new RunningSystem(under, mkdtempSync(join(tmpdir(), 'tenantry-home-')), ports)
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.output = ''
    const { launcher, command = 'start', folder, config, nodeFlags } = this.#under
    const child = spawn(process.execPath, [...nodeFlags, launcher, command, '--config', config], {
      cwd: folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const collect = (chunk: Buffer) => {
      this.output += chunk
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    for (let waitedMs = 0; !/^Ready in/m.test(this.output); waitedMs += 50) {
      assert.equal(child.exitCode, null, `it ended before it was ready:\n${this.output}`)
      assert.ok(waitedMs < 90_000, `it is not ready after 90 s:\n${this.output}`)
      await sleep(50)
    }
  }

  get pid(): number {
    return this.#child?.pid ?? assert.fail('it does not run')
  }

  /** Stops it as Ctrl-C does and returns how long that took, in milliseconds. */
  async stop(): Promise<number> {
    const child = this.#child
    if (!child || child.exitCode !== null) return 0
    const startedAtMs = performance.now()
    child.kill('SIGINT')
    await once(child, 'exit')
    return performance.now() - startedAtMs
  }

  async remove(): Promise<void> {
    await this.stop()
    // Where root's folders are closed to PostgreSQL's own user, its data lies elsewhere and is linked.
    const data = join(this.home, 'postgres')
    if (existsSync(data)) rmSync(realpathSync(data), { recursive: true, force: true })
    rmSync(this.home, { recursive: true, force: true })
  }

  /** Runs `tenantry …` as a user would; rejects when it fails. */
  async tenantry(...args: string[]): Promise<string> {
    const { launcher, folder, nodeFlags } = this.#under
    const { stdout } = await promisify(execFile)(process.execPath, [...nodeFlags, launcher, ...args], {
      cwd: folder,
      env: this.env,
    })
    return stdout
  }

  /** An access token, got by `tenantry token` once and then kept. */
  async token(tenant: string, role = 'seller'): Promise<string> {
    const key = `${tenant}/${role}`
    const known = this.#tokens.get(key)
    if (known) return known
    const token = (await this.tenantry('token', tenant, '--role', role)).trim()
    this.#tokens.set(key, token)
    return token
  }

  /** Asks for access tokens anew. */
  forgetTokens(): void {
    this.#tokens.clear()
  }

  /** Asks the control plane, with the admin token unless another is given. */
  async operate(
    path: string,
    { token = this.#adminToken, body }: { token?: string; body?: object } = {},
  ): Promise<Response> {
    const authorization = `Bearer ${token}`
    const init = body
      ? {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { authorization, 'content-type': 'application/json' },
        }
      : { headers: { authorization } }
    return fetch(`http://127.0.0.1:${this.env.TENANTRY_CONTROL_PORT}${path}`, init)
  }

  async onboard(id: string, tier: string): Promise<void> {
    const { status } = await this.operate('/tenants', { body: { id, tier } })
    assert.equal(status, 201)
  }

  get #adminToken(): string {
    return readFileSync(join(this.home, 'admin-token'), 'utf8')
  }

  /** Calls the shop through the gateway for a tenant, or with no token for `null`. */
  async call(
    tenant: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers = {},
  ): Promise<Answer> {
    const authorization = tenant ? { authorization: `Bearer ${await this.token(tenant)}` } : {}
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${this.gateway}${path}`, {
      method,
      headers: { ...authorization, ...type, ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : {} }
  }

  /** Creates a product and returns its id. */
  async product(tenant: string, price: string, name = 'Lamp'): Promise<string> {
    const { status, body } = await this.call(tenant, 'POST', '/products', { name, price })
    assert.equal(status, 201, JSON.stringify(body))
    return (body.product as { product_id: string }).product_id
  }

  /** Places an order and returns its id. */
  async order(tenant: string, products: string[]): Promise<string> {
    const { status, body } = await this.call(tenant, 'POST', '/orders', { name: 'An order', products })
    assert.equal(status, 200, JSON.stringify(body))
    return (body.order as { order_id: string }).order_id
  }

  async invoices(tenant: string): Promise<Invoice[]> {
    const { status, body } = await this.call(tenant, 'GET', '/invoices')
    assert.equal(status, 200, JSON.stringify(body))
    return body.invoices as Invoice[]
  }

  /** Waits for the invoice of an order, at most `withinMs`; a service that is being started again is asked again. */
  async invoice(tenant: string, orderId: string, withinMs = 2_000, everyMs = 20): Promise<Invoice> {
    const deadline = Date.now() + withinMs
    for (;;) {
      const { status, body } = await this.call(tenant, 'GET', '/invoices')
      assert.ok(status === 200 || status === 503, JSON.stringify(body))
      const found = ((body.invoices ?? []) as Invoice[]).find(({ order_id }) => order_id === orderId)
      if (found) return found
      assert.ok(
        Date.now() < deadline,
        `no invoice for ${tenant}'s order within ${withinMs} ms: ${JSON.stringify(body)}`,
      )
      await sleep(everyMs)
    }
  }

  /** The system's processes by name (`order.pool`, `gateway`, `postgres` …), as the operating system shows them. */
  async processes(): Promise<Map<string, number>> {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=,args='])
    const processes = new Map<string, number>()
    for (const line of stdout.split('\n')) {
      const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
      if (Number(parent) !== this.pid) continue
      processes.set(
        /^tenantry:(\S+)/.exec(args)?.[1] ?? (args.includes('postgres') ? 'postgres' : args),
        Number(pid),
      )
    }
    return processes
  }
}

/** An invoice as the shop answers it. */
export interface Invoice {
  readonly invoice_id: string
  readonly order_id: string
  readonly total_price: string
}
