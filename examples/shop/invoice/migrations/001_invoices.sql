create table invoices (
  invoice_id uuid primary key default gen_random_uuid(),
  order_id uuid not null unique,
  total_price numeric(16, 2) not null,
  created_at timestamptz not null default now()
);
create index invoices_by_age on invoices (created_at);
