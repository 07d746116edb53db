import { adoptionStates } from './adoption-mode.ts'

/** Something that would have been refused or filtered, had every table been in `enforce`. */
export interface AdoptionFinding {
  /**
   * `no-scope`: a statement outside every request. `no-key`: one for whose tenant there was no key. `rows-read` and
   * `rows-written`: one that met rows of another tenant, or of none.
   */
  readonly kind: 'no-scope' | 'no-key' | 'rows-read' | 'rows-written'
  /** The table, as SQL would name it; of rows alone. */
  readonly table: string | undefined
  /** True for a table in mode `warn`. */
  readonly loud: boolean
  /** Where the service asked: `file:line:column`. */
  readonly callSite: string
}

/** What a server says without refusing a statement. */
export interface ServerNotice {
  readonly code?: string | undefined
  readonly severity?: string | undefined
  readonly table?: string | undefined
}

/** What a notice of an adopted table tells; nothing for any other notice. */
export function readNotice(
  { code, severity, table }: ServerNotice,
  callSite: string,
): AdoptionFinding | undefined {
  if (code !== adoptionStates.read && code !== adoptionStates.written) return undefined
  const kind = code === adoptionStates.read ? 'rows-read' : 'rows-written'
  return { kind, table, loud: severity === 'WARNING', callSite }
}
