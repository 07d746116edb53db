create table notes (note_id uuid primary key default gen_random_uuid(), text text not null);
