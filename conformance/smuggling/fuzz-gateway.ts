import { once } from 'node:events'
import { connect } from 'node:net'
import { RunningGateway } from '../../packages/platform/test/running-gateway.ts'
import { SeededRandom } from '../../packages/tenantry/src/testing/attack/seeded-random.ts'
import { ambiguousRequest, markHeader } from './ambiguous-request.ts'
import { StrictBackend } from './strict-backend.ts'

/** What became of ambiguous requests. */
export interface SmugglingOutcome {
  readonly tried: number
  /** How many answers there were, by status; `closed` for a connection that ended without one. */
  readonly answers: Readonly<Record<string, number>>
  /** How many requests reached the service. */
  readonly forwarded: number
  /** There may be none. */
  readonly misses: readonly string[]
}

const connections = 8
const answerMaxMs = 1_000
const quietMs = 15
/** What a plain request may have for its target; every other is refused, and reaches nobody. */
const targets = new Set(['/orders', '/orders/1?of=2'])

/**
 * Sends each request on a connection of its own, through the gateway, to a service that accepts only what can be read in one way. A miss is: an
 * answer of 5xx; a request at the service that the gateway has no log line of, or two for one line; another target than was sent; what was
 * inside a body, as a request; bytes that could be read otherwise; and a good request that is not served afterwards.
 */
export async function fuzzGateway({
  seed,
  requests,
}: {
  seed: number
  requests: number
}): Promise<SmugglingOutcome> {
  const random = new SeededRandom(seed)
  const [gateway, backend] = await Promise.all([RunningGateway.start(), StrictBackend.start()])
  gateway.place([backend.address])
  const token = await gateway.token({ expiresIn: '1h' })
  const answers: Record<string, number> = {}
  const misses: string[] = []
  let tried = 0
  const attack = async () => {
    while (tried < requests) {
      const number = tried++
      const { kind, bytes } = ambiguousRequest(random, { number, token })
      const statuses = await send(gateway.origin, bytes)
      for (const status of statuses.length > 0 ? statuses : ['closed'])
        answers[status] = (answers[status] ?? 0) + 1
      if (statuses.some((status) => status.startsWith('5')))
        misses.push(`${kind} (${number}): ${statuses} for ${JSON.stringify(bytes.toString('latin1'))}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, attack))
    misses.push(...findSmuggled(gateway, backend))
    const { status } = await gateway.call('/orders')
    if (status !== 200) misses.push(`a good request afterwards: ${status}`)
    return { tried, answers, forwarded: backend.requests.length, misses }
  } finally {
    backend.close()
    await gateway.close()
  }
}

function findSmuggled(gateway: RunningGateway, { requests, faults }: StrictBackend): string[] {
  const logged = new Set(gateway.lines.map((line) => (JSON.parse(line) as { request_id: string }).request_id))
  const misses = faults.map((fault) => `it could be read otherwise: ${fault}`)
  for (const { target, headers } of requests) {
    const [id = '', mark] = [headers.get('x-request-id'), headers.get(markHeader)]
    // One line is one request: what reaches the service a second time under its id came in by itself.
    if (!logged.delete(id)) misses.push(`${mark} reached the service, and the gateway knows nothing of it`)
    if (mark?.startsWith('smuggled')) misses.push(`${mark} reached the service`)
    if (!targets.has(target)) misses.push(`${mark} reached the service at ${target}`)
    if (headers.get('txn-token') !== 'the.transaction.token') misses.push(`${mark} has another token`)
  }
  return misses
}

/** Sends bytes on a connection of their own, and returns the status of each answer that comes until nothing more does. */
async function send(origin: string, bytes: Buffer): Promise<string[]> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1')
  // Of some the gateway waits for more, which is right; it is not waited for here.
  let silence = setTimeout(() => socket.end(), answerMaxMs)
  socket.on('data', (text: string) => {
    received += text
    clearTimeout(silence)
    silence = setTimeout(() => socket.end(), quietMs)
  })
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  await once(socket, 'close')
  clearTimeout(silence)
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status)
}
