import { eventDataBytesMax, tracestateLengthMax } from './cloud-event.ts'

type Verb = 'select' | 'insert' | 'update' | 'delete'

/** A table that every service's schema has beside the service's own. */
export interface EventTable {
  readonly name: string
  readonly sql: string
  /** What later versions change of it, in order. */
  readonly changes: readonly string[]
  readonly serviceGrants: Verb[]
  readonly relayGrants: Verb[]
}

/** The channel on which a database tells that an outbox has new rows. It carries no payload. */
export const outboxChannel = 'tenantry_outbox'

// `position` is the order of emission. Rows are marked when they were relayed, never skipped by a cursor: a
// transaction that commits late is found late, and holds up nobody else's.
const outboxSql = `
create table outbox (
  position bigint generated always as identity primary key,
  id uuid not null,
  type text not null check (length(type) between 1 and 128),
  subject text check (length(subject) between 1 and 256),
  data text not null check (octet_length(data) <= ${eventDataBytesMax}),
  traceparent text check (length(traceparent) <= 64),
  created_at timestamptz not null default clock_timestamp(),
  relayed_at timestamptz
);
create index outbox_waiting on outbox (position) where relayed_at is null;
grant update (relayed_at) on outbox to tenantry_relay;
create function outbox_notify() returns trigger language plpgsql as $notify$
begin
  notify ${outboxChannel};
  return null;
end
$notify$;
create trigger outbox_notify after insert on outbox for each statement execute function outbox_notify();
`

// Not checked for the rows that are there: they have none, and reading them all would hold up who emits.
const tracestateSql = `
alter table outbox add column tracestate text;
alter table outbox add constraint outbox_tracestate check (length(tracestate) <= ${tracestateLengthMax}) not valid;
`

const inboxSql = `
create table inbox (
  source text not null,
  event_id text not null,
  handled_at timestamptz not null default clock_timestamp(),
  primary key (source, event_id)
);
`

/**
 * The outbox and the inbox, for the schema of every service. A service only adds to them; the relay reads outboxes
 * and marks what it relayed. The text of one is never changed once it was released: databases have it by its checksum. What is to
 * be changed goes into `changes`.
 */
export const systemTables: EventTable[] = [
  {
    name: 'outbox',
    sql: outboxSql,
    changes: [tracestateSql],
    serviceGrants: ['insert'],
    relayGrants: ['select'],
  },
  { name: 'inbox', sql: inboxSql, changes: [], serviceGrants: ['insert'], relayGrants: [] },
]
