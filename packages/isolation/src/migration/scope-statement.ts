import { TenantryError } from '@tenantry/context'
import type { Node } from 'libpg-query'
import type { DeclaredForeignKey } from './add-foreign-key.ts'
import { parseStatement, type Statement } from './read-statements.ts'
import { scopeAddedKey, scopeIndex } from './scope-added-key.ts'
import type { ScopingWorld } from './scoping-world.ts'
import { type Edit, StatementText } from './statement-text.ts'
import { takeOutForeignKey } from './take-out-foreign-key.ts'

/** What to run in place of a statement: a text, unless nothing is left of it, then foreign keys to add. */
export interface ScopedStatement {
  readonly text: string | undefined
  readonly foreignKeys: readonly DeclaredForeignKey[]
}

/**
 * Makes a statement one for tables that are protected already: unique keys and ordered indexes that it adds begin with
 * the tenant, and foreign keys are taken out, to be added when both tables are protected. The text is changed where it
 * has to be and nowhere else. Throws `MIGRATION_REFUSED` where the change cannot be told from the text.
 */
export async function scopeStatement(statement: Statement, world: ScopingWorld): Promise<ScopedStatement> {
  const foreignKeys: DeclaredForeignKey[] = []
  let { text } = statement
  for (;;) {
    const node = parseStatement(text)
    const source = new StatementText(text)
    const found = await findEdit(source, node, world)
    if (!found) return { text, foreignKeys }
    if (found.foreignKey) foreignKeys.push(found.foreignKey)
    found.edit.change()
    if ('AlterTableStmt' in node && node.AlterTableStmt.cmds?.length === 0)
      return { text: undefined, foreignKeys }
    const changed = source.apply(found.edit, node)
    if (changed === undefined) {
      throw new TenantryError(
        'MIGRATION_REFUSED',
        `\`${statement.at}\`: the keys cannot be told apart in the text`,
        {
          help: 'add each key in an `alter table … add constraint` of its own',
        },
      )
    }
    text = changed
  }
}

/** Finds the first thing in a statement that has to change. */
async function findEdit(
  source: StatementText,
  node: Node,
  world: ScopingWorld,
): Promise<{ edit: Edit; foreignKey?: DeclaredForeignKey } | undefined> {
  if ('IndexStmt' in node) {
    const edit = await scopeIndex(source, node.IndexStmt, world)
    return edit && { edit }
  }
  if ('CreateStmt' in node) {
    const { relation, tableElts = [] } = node.CreateStmt
    const table = relation?.relname ?? ''
    // With `if not exists`, nothing is to be done.
    return world.tables.has(table)
      ? undefined
      : takeOutForeignKey(source, { table, exists: false }, tableElts, world)
  }
  if (!('AlterTableStmt' in node)) return undefined
  const { relation, cmds = [] } = node.AlterTableStmt
  const table = world.tables.get(relation?.relname ?? '')
  if (!table) return undefined
  for (const command of cmds) {
    const { def, missing_ok: ifMissing } = 'AlterTableCmd' in command ? command.AlterTableCmd : {}
    if (!def) continue
    if (ifMissing && 'ColumnDef' in def && table.columns.includes(def.ColumnDef.colname ?? '')) continue
    const taken = takeOutForeignKey(source, { table: table.name, exists: true }, [def], world)
    if (taken && 'ColumnDef' in def) return taken
    if (taken)
      return { ...taken, edit: { ...taken.edit, change: () => void cmds.splice(cmds.indexOf(command), 1) } }
    if (!('Constraint' in def) || !table.isProtected) continue
    const edit = await scopeAddedKey(source, { table, constraint: def.Constraint, commands: cmds }, world)
    if (edit) return { edit }
  }
  return undefined
}
