create table works (
  id uuid primary key default gen_random_uuid(),
  bytes integer not null
);
