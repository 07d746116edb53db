/** A service as a team starts it by itself: Node's own server, and what every adapter asks before it opens a scope. */
import { createServer } from 'node:http'
import { errorAnswer, runInScope } from '../../packages/context/src/index.ts'
import { admitRequest } from '../../packages/tenantry/src/admit-request.ts'
import { Pool } from '../../packages/tenantry/src/pg.ts'
import { requireRuntime } from '../../packages/tenantry/src/runtime.ts'

const runtime = requireRuntime()
const db = new Pool()

const server = createServer((request, response) => {
  const answer = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  admitRequest(runtime, request.rawHeaders)
    .then((context) =>
      runInScope(context, async () => {
        if (request.method === 'POST') await db.query('insert into notes (text) values ($1)', [request.url])
        const { rows } = await db.query<{ text: string }>('select text from notes order by text')
        const { tenant, user, workload } = context
        answer(200, { tenant, user, workload, notes: rows.map(({ text }) => text) })
      }),
    )
    .catch((error: unknown) => {
      const { status, body } = errorAnswer(error, 'none')
      answer(status, body)
    })
})
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'))
