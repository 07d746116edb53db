create table products (
  product_id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  description text check (length(description) <= 2000),
  price numeric(12, 2) not null check (price >= 0),
  created_at timestamptz not null default now()
);
create index products_by_age on products (created_at);
