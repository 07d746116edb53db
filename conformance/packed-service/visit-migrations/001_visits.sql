create table visits (id serial primary key, made_at timestamptz not null default now());
