create table authors (
  id uuid primary key default gen_random_uuid(),
  name text not null
);

create table books (
  id uuid primary key default gen_random_uuid(),
  isbn text not null unique,
  title text not null,
  author_id uuid not null references authors
);
