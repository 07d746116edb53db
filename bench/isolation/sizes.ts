/** How much data a bench fills in. */
export interface Sizes {
  readonly tenants: number
  /** Items, customers and orders of each tenant. */
  readonly rowsPerTenant: number
  /** Rows of the one table that is scanned, all of one tenant. */
  readonly scannedRows: number
  readonly fewTenants: number
  readonly manyTenants: number
  /** Rows of each of the two tables that many and few tenants share. */
  readonly sharedRows: number
}

/** What results are measured with. */
export const fullSizes: Sizes = {
  tenants: 1_000,
  rowsPerTenant: 100,
  scannedRows: 500_000,
  fewTenants: 10,
  manyTenants: 100_000,
  sharedRows: 1_000_000,
}

/** Enough to see that every row runs. */
export const tinySizes: Sizes = {
  tenants: 3,
  rowsPerTenant: 20,
  scannedRows: 100,
  fewTenants: 2,
  manyTenants: 5,
  sharedRows: 100,
}
