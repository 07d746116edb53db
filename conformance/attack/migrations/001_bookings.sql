create table venues (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  note text not null default ''
);
create table bookings (
  id uuid primary key default gen_random_uuid(),
  venue_id uuid not null references venues (id),
  guest text not null,
  seats integer not null,
  created_at timestamptz not null default now()
);
create table exports (
  id uuid primary key default gen_random_uuid(),
  content text not null
);
