import { hole, type SeededHole } from '../seeded-hole.ts'

/** Keys and indexes that hold for all tenants at once. */
export function keyHoles(): SeededHole[] {
  return [
    hole(
      'UNIQUE_ACROSS_TENANTS',
      'shop.notes',
      'a unique index over all tenants',
      'create unique index on shop.notes (text)',
    ),
    hole(
      'UNIQUE_ACROSS_TENANTS',
      'shop.notes',
      'a unique index that only includes the tenant',
      'create unique index on shop.notes (text) include (tenantry_tenant)',
    ),
    hole(
      'UNIQUE_ACROSS_TENANTS',
      'shop.tags',
      'a serial key over all tenants',
      'alter table shop.tags add constraint tags_id_only unique (id)',
    ),
    hole(
      'EXCLUSION_ACROSS_TENANTS',
      'shop.notes',
      'an exclusion over all tenants',
      'alter table shop.notes add exclude using btree (text with =)',
    ),
    hole(
      'FOREIGN_KEY_ACROSS_TENANTS',
      'shop.children',
      'a foreign key by the id alone',
      'create table shop.children (tenantry_tenant text, note uuid references shop.notes (id))',
    ),
    hole(
      'FOREIGN_KEY_ACROSS_TENANTS',
      'shop.currencies',
      'shared rows that refer to a tenant’s',
      'alter table shop.currencies add note uuid references shop.notes (id)',
    ),
    hole(
      'FOREIGN_KEY_UNCHECKED',
      'shop.notes',
      'a foreign key whose triggers are off',
      'alter table shop.notes disable trigger all',
    ),
    hole('INDEX_NOT_LED', 'shop.notes', 'an index through all tenants', 'create index on shop.notes (text)'),
    hole(
      'INDEX_NOT_LED',
      'shop.notes',
      'a hashed index through all tenants',
      'create index on shop.notes using hash (text)',
    ),
    hole(
      'INDEX_NOT_LED',
      'shop.notes',
      'a BRIN index through all tenants',
      'create index on shop.notes using brin (number)',
    ),
    hole(
      'INDEX_TELLS',
      'shop.notes',
      'an SP-GiST index over texts',
      'create index on shop.notes using spgist (text)',
    ),
  ]
}
