import express, { type ErrorRequestHandler } from 'express'
import { pool } from './database.ts'
import { closeTicket, findTicket, listTickets, openTicket, reply } from './tickets.ts'

const app = express()
app.use(express.json())

app.get('/health', (_request, response) => {
  response.json({ status: 'ok' })
})

app.get('/tickets', async (_request, response) => {
  response.json(await listTickets())
})

app.post('/tickets', async (request, response) => {
  const { subject, text } = request.body
  if (!subject || !text) {
    response.status(400).json({ message: 'subject and text are needed' })
    return
  }
  response.status(201).json(await openTicket(subject, text))
})

app.get('/tickets/:id', async (request, response) => {
  const ticket = await findTicket(request.params.id)
  if (ticket) response.json(ticket)
  else response.status(404).json({ message: 'no such ticket' })
})

app.post('/tickets/:id/messages', async (request, response) => {
  const message = await reply(request.params.id, request.body.text)
  if (message) response.status(201).json(message)
  else response.status(404).json({ message: 'no such ticket' })
})

app.post('/tickets/:id/close', async (request, response) => {
  const closed = await closeTicket(request.params.id)
  response.status(closed ? 200 : 409).json({ closed })
})

const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
  console.error(error)
  response.status(500).json({ message: 'something went wrong' })
}
app.use(answerError)

const server = app.listen(3000, () => console.log('helpdesk listens on port 3000'))

process.on('SIGTERM', () => {
  server.close(() => pool.end())
})
