import { everyRow, ownRows } from '../../../packages/isolation/src/migration/read-tables.ts'
import { hole, type SeededHole } from '../seeded-hole.ts'

const policy = (change: string) => `drop policy tenantry_isolation on shop.notes;
  create policy tenantry_isolation on shop.notes ${change}`

const centralPolicy = (change: string) => `drop policy tenantry_central on shop.notes;
  create policy tenantry_central on shop.notes ${change}`

/** Tables, policies and views that are not as they were left. */
export function tableHoles(): SeededHole[] {
  return [
    hole(
      'ROW_SECURITY_OFF',
      'shop.notes',
      'row security is off',
      'alter table shop.notes disable row level security',
    ),
    hole(
      'ROW_SECURITY_OFF',
      'shop.visits_2026',
      'row security is off on a partition',
      'alter table shop.visits_2026 disable row level security',
    ),
    hole(
      'ROW_SECURITY_OFF',
      'shop.loose',
      'a table that nobody protected',
      'create table shop.loose (id int)',
    ),
    hole(
      'FORCE_MISSING',
      'shop.notes',
      'the owner is not bound',
      'alter table shop.notes no force row level security',
    ),
    hole('TENANT_COLUMN', 'shop.loose', 'a table without a tenant', 'create table shop.loose (id int)'),
    hole(
      'TENANT_COLUMN',
      'shop.notes',
      'a row may be nobody’s',
      'alter table shop.notes alter tenantry_tenant drop not null',
    ),
    hole(
      'TENANT_DEFAULT',
      'shop.notes',
      'rows are one tenant’s by default',
      `alter table shop.notes alter tenantry_tenant set default 'a'`,
    ),
    hole(
      'POLICY_MISSING',
      'shop.notes',
      'the policy is gone',
      'drop policy tenantry_isolation on shop.notes',
    ),
    hole(
      'POLICY_MISSING',
      'shop.visits_2026',
      'a partition’s policy is gone',
      'drop policy tenantry_isolation on shop.visits_2026',
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy checks no writes',
      policy(`to tenantry_service using (${ownRows}) with check (true)`),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy has no WITH CHECK of its own',
      policy(`to tenantry_service using (${ownRows})`),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy lets all through',
      policy(`to tenantry_service using (true) with check (${ownRows})`),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy believes a setting',
      policy(
        `to tenantry_service using (tenantry_tenant = current_setting('app.tenant')) with check (${ownRows})`,
      ),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy asks for every row',
      policy(`to tenantry_service using (tenantry_tenant = tenantry.tenant()) with check (${ownRows})`),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy is for everybody',
      policy(`using (${ownRows}) with check (${ownRows})`),
    ),
    hole(
      'POLICY_EXTRA',
      'shop.notes',
      'a second policy lets more through',
      'create policy support on shop.notes for select to tenantry_service using (true)',
    ),
    hole(
      'POLICY_EXTRA',
      'shop.notes',
      'the relay has a policy on a service’s table',
      'create policy tenantry_relay on shop.notes to tenantry_relay using (true)',
    ),
    hole(
      'POLICY_EXTRA',
      'shop.outbox',
      'the relay’s policy is for all',
      'drop policy tenantry_relay on shop.outbox; create policy tenantry_relay on shop.outbox using (true)',
    ),
    hole(
      'POLICY_EXTRA',
      'shop.outbox',
      'central work reads an outbox',
      `create policy tenantry_central on shop.outbox for select to tenantry_central using (${everyRow})`,
    ),
    hole(
      'CENTRAL_POLICY',
      'shop.notes',
      'central work has no policy',
      'drop policy tenantry_central on shop.notes',
    ),
    hole(
      'CENTRAL_POLICY',
      'shop.visits_2026',
      'central work has no policy on a partition',
      'drop policy tenantry_central on shop.visits_2026',
    ),
    hole(
      'CENTRAL_POLICY',
      'shop.notes',
      'central work is asked for nothing',
      centralPolicy('for select to tenantry_central using (true)'),
    ),
    hole(
      'CENTRAL_POLICY',
      'shop.notes',
      'central work is asked after the statement’s own conditions',
      centralPolicy('for select to tenantry_central using (tenantry_tenant >= (select tenantry.central()))'),
    ),
    hole(
      'CENTRAL_POLICY',
      'shop.notes',
      'central work writes',
      centralPolicy(`to tenantry_central using (${everyRow})`),
    ),
    hole(
      'CENTRAL_POLICY',
      'shop.notes',
      'services do central work',
      centralPolicy(`for select to tenantry_central, tenantry_service using (${everyRow})`),
    ),
    hole(
      'VIEW_AS_OWNER',
      'shop.recent',
      'a view reads as its owner',
      'alter view shop.recent reset (security_invoker)',
    ),
    hole(
      'RULE',
      'shop.notes',
      'a rule rewrites inserts',
      'create rule copies as on insert to shop.notes do also notify copied',
    ),
    hole(
      'MATERIALIZED_VIEW',
      'shop.totals',
      'a materialized view',
      'create materialized view shop.totals as select 1',
    ),
    hole(
      'TABLE_OWNER',
      'shop.notes',
      'a table of the superuser',
      'alter table shop.notes owner to current_user',
    ),
    hole('PUBLICATION', 'shop.notes', 'a publication', 'create publication copies for table shop.notes'),
  ]
}
