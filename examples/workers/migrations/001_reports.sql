create table notes (note_id uuid primary key default gen_random_uuid(), text text not null);
create table reports (name text primary key, notes int not null, made_at timestamptz not null default now());
