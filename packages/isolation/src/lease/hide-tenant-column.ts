import { tenantColumn } from '../database/isolation-roles.ts'
import type { DriverQuery } from './driver.ts'

/** Drops the hidden tenant column from whatever the statement returns: `select *` gives what one tenant's table would. */
export function hideTenantColumn(query: DriverQuery): void {
  const { handleRowDescription } = query
  query.handleRowDescription = (message) => {
    const hidden = message.fields.flatMap(({ name }, index) => (name === tenantColumn ? [index] : []))
    if (hidden.length === 0) return handleRowDescription.call(query, message)
    const visible = <T>(fields: T[]) => fields.filter((_, index) => !hidden.includes(index))
    const { handleDataRow } = query
    query.handleDataRow = (row) => handleDataRow.call(query, { ...row, fields: visible(row.fields) })
    handleRowDescription.call(query, { ...message, fields: visible(message.fields) })
  }
}
