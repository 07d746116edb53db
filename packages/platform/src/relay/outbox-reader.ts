import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg'
import type { OutboxRow } from './sign-outbox-row.ts'

const rowsMax = 500
const bytesMax = 4 * 1024 * 1024

/** The outboxes of one database, read and marked over one connection. */
export class OutboxReader {
  readonly #client: ClientBase
  readonly #readSql: string

  constructor(client: ClientBase, services: readonly string[]) {
    this.#client = client
    this.#readSql = services.map((service) => `(${readSqlOf(service)})`).join(' union all ')
  }

  /** The oldest rows that were not relayed, in the order of emission in each outbox. */
  async read(): Promise<OutboxRow[]> {
    return (await this.#client.query<OutboxRow>({ name: 'read outboxes', text: this.#readSql })).rows
  }

  /** Notes that these rows were relayed. */
  async mark(rows: readonly OutboxRow[]): Promise<void> {
    const positions = Map.groupBy(rows, ({ service }) => service)
    for (const [service, own] of positions) {
      await this.#client.query(
        `update ${escapeIdentifier(service)}.outbox set relayed_at = clock_timestamp()
         where relayed_at is null and position = any ($1::bigint[])`,
        [own.map(({ position }) => position)],
      )
    }
  }
}

// Rows are found by what they are, not by where the last reading ended: one that commits late has a lower position
// than others that are gone already. Large ones come fewer at a time.
function readSqlOf(service: string): string {
  return `
    select ${escapeLiteral(service)} as service, position::text, id::text, type, subject, data, traceparent, tracestate,
      created_at as "createdAt", tenantry_tenant as tenant
    from (
      select *, sum(octet_length(data)) over (order by position) - octet_length(data) as bytes_before
      from (select * from ${escapeIdentifier(service)}.outbox where relayed_at is null order by position limit ${rowsMax}) oldest
    ) measured
    where bytes_before <= ${bytesMax} order by measured.position`
}
