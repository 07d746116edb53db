/**
 * The same tables three times: as a service's single-tenant migration, with a hand-written tenant column, and with
 * that column under a policy that trusts a setting. Keys and indexes of the last two begin with the tenant, as
 * protection makes those of the first.
 * @module
 */

/** What a service of Tenantry declares. */
export const migration = {
  name: '001_shop.sql',
  sql: `
    create table customers (id int primary key, name text not null);
    create table items (id int primary key, name text not null, price int not null);
    create table orders (
      id int primary key, customer int not null references customers, item int not null references items,
      quantity int not null);
    create table entries (id bigint generated always as identity primary key, note text not null, amount int not null);
    create table readings (id int primary key, amount int not null);
    create table of_few (id int primary key, name text not null);
    create table of_many (id int primary key, name text not null);`,
}

const tenant = 'tenant_id text not null'
const byTenant = 'primary key (tenant_id, id)'

/** What a team writes that keeps tenants apart by hand. */
export const sharedTables = `
  create table customers (id int not null, name text not null, ${tenant}, ${byTenant});
  create table items (id int not null, name text not null, price int not null, ${tenant}, ${byTenant});
  create table orders (
    id int not null, customer int not null, item int not null, quantity int not null, ${tenant}, ${byTenant},
    foreign key (tenant_id, customer) references customers, foreign key (tenant_id, item) references items);
  create table entries (
    id bigint generated always as identity, note text not null, amount int not null, ${tenant}, ${byTenant});
  create table readings (id int not null, amount int not null, ${tenant}, ${byTenant});`

/** What a team adds that lets policies read the tenant from a setting. */
export const settingPolicies = ['items']
  .map(
    (table) => `alter table ${table} enable row level security, force row level security;
      create policy own_rows on ${table} using (tenant_id = current_setting('app.tenant', true));`,
  )
  .join('\n')
