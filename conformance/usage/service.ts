import { setTimeout as sleep } from 'node:timers/promises'
import { emit } from 'tenantry'
import { tenantry } from 'tenantry/node'
import { Pool } from 'tenantry/pg'

const db = new Pool()

/** Does what it is asked for: so many statements, an event or none, an answer of so many bytes; or so many milliseconds of computing. */
const service = tenantry(
  async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://work')
    const asked = (name: string) => Number(searchParams.get(name) ?? 0)
    let bytes = 0
    for await (const chunk of request) bytes += chunk.length
    if (pathname === '/burn') await compute(asked('ms'), searchParams.get('after'))
    for (let statement = 0; statement < asked('statements'); statement++) await db.query('select 1')
    if (asked('emit') > 0) {
      await db.transaction(async (transaction) => {
        await transaction.query('insert into works (bytes) values ($1)', [bytes])
        await emit(transaction, 'work.done', {})
      })
    }
    response.writeHead(asked('fail') > 0 ? 500 : 200)
    // In two pieces, so that it has no length in front.
    const answer = 'ä'.repeat(Math.floor(asked('answer') / 2)).padEnd(Math.ceil(asked('answer') / 2), 'x')
    response.write(answer.slice(0, 10))
    response.end(answer.slice(10))
  },
  { db },
)
service.onEvent('work.done', () => undefined)
await service.listen({ host: process.env.HOST, port: Number(process.env.PORT) })

/** Uses the processor for so long: what was waited for is not among it. */
async function compute(ms: number, after: string | null): Promise<void> {
  if (after === 'statement') await db.query('select 1')
  if (after === 'timer') await sleep(2)
  const usedMs = () => process.threadCpuUsage().user / 1000 + process.threadCpuUsage().system / 1000
  for (const untilMs = usedMs() + ms; usedMs() < untilMs; ) Math.sqrt(Math.random())
}
