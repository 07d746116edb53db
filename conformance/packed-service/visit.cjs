const { createServer } = require('node:http')
const { Pool } = require('pg')

const pool = new Pool({ connectionString: 'postgres://visits@db.example/visits' })

createServer(async (request, response) => {
  if (request.method === 'POST') await pool.query('insert into visits default values')
  const { rows } = await pool.query('select count(*)::int as visits from visits')
  response.setHeader('content-type', 'application/json').end(JSON.stringify(rows[0]))
}).listen(8000)
