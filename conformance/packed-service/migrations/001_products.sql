create table products (product_id uuid primary key default gen_random_uuid(), name text not null, price numeric not null);
