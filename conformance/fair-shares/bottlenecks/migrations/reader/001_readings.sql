create table readings (
  reading_id uuid primary key default gen_random_uuid(),
  kept_at timestamptz not null,
  read_at timestamptz not null default clock_timestamp()
);
