/** A service as a team starts it by itself, on Node's own server. */
import { requireContext } from '../../packages/context/src/index.ts'
import { tenantry } from '../../packages/tenantry/src/node.ts'
import { Pool } from '../../packages/tenantry/src/pg.ts'
import { runCentral, runJob, signJob } from '../../packages/tenantry/src/work.ts'

const db = new Pool()
const service = tenantry(async (request, response) => {
  if (request.url === '/report') {
    const { rows } = await runCentral('how many notes', () =>
      db.query('select tenantry_tenant as tenant, count(*)::int as notes from notes group by 1 order by 1'),
    )
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ rows }))
    return
  }
  // What a worker of a queue would do later on, and elsewhere in the deployment.
  if (request.url === '/later') {
    await runJob(signJob(request.url), (text) => db.query('insert into notes (text) values ($1)', [text]))
  }
  if (request.method === 'POST') await db.query('insert into notes (text) values ($1)', [request.url])
  const { rows } = await db.query<{ text: string }>('select text from notes order by text')
  const { tenant, user, workload } = requireContext()
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ tenant, user, workload, notes: rows.map(({ text }) => text) }))
})
await service.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
console.log('listening')
