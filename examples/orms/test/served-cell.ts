import { Agent, request } from 'undici'
import type { TestPlatform } from '../../../packages/tenantry/test/test-platform.ts'
import type { Framework } from '../frameworks/framework.ts'
import type { Layer } from '../layers.ts'

/** What a request was answered: `body` is what the JSON said, or the text where it is no JSON. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: each test asserts on what it expects there.
  readonly body: any
}

/** The library on one data layer, served on one framework, as two tenants of its own call it. */
export interface ServedCell {
  readonly tenants: readonly [string, string]
  /** Calls as a tenant; as nobody where it is `undefined`. */
  call(
    tenant: string | undefined,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
  ): Promise<Answer>
  /** Holds back the next `count` handlers that find a book, until all are there: they go on in one tick. */
  holdFinders(count: number): void
  close(): Promise<void>
}

export async function serveCell(
  platform: TestPlatform,
  framework: Framework,
  layer: Layer,
): Promise<ServedCell> {
  const library = layer.createLibrary()
  let held: { missing: number; promise: Promise<void>; release(): void } | undefined
  const { origin, close } = await framework.serve({
    ...library,
    async findBook(id) {
      if (held && --held.missing === 0) held.release()
      await held?.promise
      return library.findBook(id)
    },
  })
  // The deployment's own dispatcher would take the token off: this is a client of its own.
  const agent = new Agent({ connections: 20 })
  const cell = `${framework.name}-${layer.name}`.toLowerCase().replace(':', '-')
  return {
    tenants: [`a-${cell}`, `b-${cell}`],
    async call(tenant, method, path, body) {
      const answer = await request(origin + path, {
        dispatcher: agent,
        method,
        headers: {
          'content-type': 'application/json',
          ...(tenant && { ...platform.caller('library'), 'txn-token': platform.token(tenant) }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await answer.body.text()
      return { status: answer.statusCode, body: /^[[{]/.test(text) ? JSON.parse(text) : text }
    },
    holdFinders(count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = { missing: count, promise, release: resolve }
      promise.then(() => {
        held = undefined
      })
    },
    async close() {
      await agent.destroy()
      await close()
      await library.close()
    },
  }
}
