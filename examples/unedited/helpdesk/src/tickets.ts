import { inTransaction, pool } from './database.ts'

export interface Ticket {
  id: string
  subject: string
  status: 'open' | 'closed'
  messages?: { text: string }[]
}

export async function openTicket(subject: string, text: string): Promise<Ticket> {
  return inTransaction(async (client) => {
    const { rows } = await client.query<Ticket>('INSERT INTO tickets (subject) VALUES ($1) RETURNING *', [
      subject,
    ])
    const ticket = rows[0]
    if (!ticket) throw new Error('the ticket was not inserted')
    await client.query('INSERT INTO messages (ticket_id, text) VALUES ($1, $2)', [ticket.id, text])
    return ticket
  })
}

export async function listTickets(): Promise<Ticket[]> {
  const { rows } = await pool.query<Ticket>(
    `SELECT t.*, count(m.*)::int AS messages
     FROM tickets t LEFT JOIN messages m ON m.ticket_id = t.id
     GROUP BY t.id ORDER BY t.opened_at, t.id`,
  )
  return rows
}

export async function findTicket(id: string): Promise<Ticket | undefined> {
  const [tickets, messages] = await Promise.all([
    pool.query<Ticket>('SELECT * FROM tickets WHERE id = $1', [id]),
    pool.query<{ text: string }>('SELECT text FROM messages WHERE ticket_id = $1 ORDER BY id', [id]),
  ])
  const [ticket] = tickets.rows
  return ticket && { ...ticket, messages: messages.rows }
}

export async function reply(id: string, text: string): Promise<{ id: number } | undefined> {
  const { rows } = await pool.query<{ id: number }>(
    'INSERT INTO messages (ticket_id, text) SELECT id, $2 FROM tickets WHERE id = $1 RETURNING id',
    [id, text],
  )
  return rows[0]
}

export async function closeTicket(id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE tickets SET status = 'closed' WHERE id = $1 AND status = 'open'`,
    [id],
  )
  return rowCount === 1
}
