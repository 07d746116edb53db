import pg from 'pg'

const pool = new pg.Pool(JSON.parse(process.env.DATABASE ?? '{}') as pg.PoolConfig)

/** Writes a note as a service without us does: the tenant is a column like any other. */
export async function insertNote(tenant: string, text: string): Promise<unknown> {
  const { rows } = await pool.query('insert into notes (tenant_id, text) values ($1, $2) returning note_id', [
    tenant,
    text,
  ])
  return rows[0]
}
