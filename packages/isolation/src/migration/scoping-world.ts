import type { Table } from './read-tables.ts'

/** What a statement meets. */
export interface ScopingWorld {
  readonly tables: ReadonlyMap<string, Table>
  /** The tables that are declared shared, also those that are still to be made. */
  readonly shared: ReadonlySet<string>
  /** Gives an index or a constraint the name that it would have without the tenant; `free` are names that become free. */
  chooseName(
    of: { table: string; columns: readonly string[]; label: string },
    free: readonly string[],
  ): Promise<string>
}
