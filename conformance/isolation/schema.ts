import type { Migration } from '../../packages/isolation/src/index.ts'

/** What all tenants read, and none writes. */
export const shared = ['countries']

/** One customer's SQL: each kind of table, key and view that an attack reaches for. */
export const migrations: readonly Migration[] = [
  {
    name: '001_shop.sql',
    sql: `
      create table secrets (
        id uuid primary key default gen_random_uuid(),
        name text not null,
        amount int not null default 0,
        body jsonb not null default '{}');
      create index on secrets (name);
      create index on secrets using brin (amount);
      create index on secrets using gin (body);
      create table codes (code text primary key, note text);
      create unique index on codes (lower(note));
      create index on codes using hash (note);
      create table parts (
        id uuid primary key default gen_random_uuid(),
        secret uuid not null references secrets on delete cascade on update cascade,
        label text not null);
      create table tickets (id serial primary key, title text not null);
      create table days (day date not null, what text not null) partition by range (day);
      create table days_2026 partition of days for values from ('2026-01-01') to ('2027-01-01');
      create view secret_names as select name, amount from secrets;
      create table countries (code text primary key, name text not null);
      insert into countries values ('EE', 'Estonia');
      create function divide(a int, b int) returns int language plpgsql as $$ begin return a / b; end $$;`,
  },
]

/** The tables that hold tenants' rows, and the column where each row carries its tenant's canary. */
export const protectedTables = {
  secrets: 'name',
  codes: 'code',
  parts: 'label',
  tickets: 'title',
  days: 'what',
}
