/** Which tables of a database are to be adopted, and for whom. */
export interface AdoptionTarget {
  readonly schema: string
  /** The tenant column that the tables have already, such as `organization_id`. */
  readonly column: string
  /** The role that the service connects as. */
  readonly role: string
}

/** The types that a tenant column may have: each value's text is the tenant's id. */
export const columnTypes = ['uuid', 'smallint', 'integer', 'bigint', 'text', 'character varying']
