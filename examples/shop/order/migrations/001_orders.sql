create table orders (
  order_id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  description text check (length(description) <= 2000),
  products uuid[] not null check (cardinality(products) between 1 and 100),
  status text not null default 'placed' check (status in ('placed', 'fulfilled')),
  created_at timestamptz not null default now()
);
create index orders_by_age on orders (created_at);
