/** What both sides tell of an order. */
export interface Order {
  readonly number: number
  readonly total: number
}

/** Orders that are to be placed, by each of the tenants one after the other, by all tenants at once. */
export interface Orders {
  readonly tenants: readonly string[]
  readonly first: number
  /** Of each tenant. */
  readonly count: number
}

export const tenants: readonly string[] = Array.from({ length: 10 }, (_, at) => `tenant-${at}`)

const subjects = 50

/** What an order's event is about: of one tenant and subject, ours are handled in their order. */
export function subjectOf(number: number): string {
  return `customer-${number % subjects}`
}
