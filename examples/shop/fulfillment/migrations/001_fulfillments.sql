create table fulfillments (
  fulfillment_id uuid primary key default gen_random_uuid(),
  order_id uuid not null unique,
  products uuid[] not null,
  created_at timestamptz not null default now()
);
