/** What is refused, as a person would call it, and what to do instead. */
export type Refusal = readonly [what: string, mend: string]

const grants = 'leave grants to the platform: it gives each role the verbs it may have'
const owner = 'leave it out: the platform owns what migrations make'
const oneSchema = 'leave it out: each service has one schema of its own'
const otherServer = 'reach the other server from the service'

/** Why policies are not a service's. */
export const policies = 'leave policies and row security to the platform: one of yours could widen them'
/** Why the server's objects are not a service's. */
export const operators = 'leave it out: it is for whoever runs the server, not for one service'
/** Why the session is not a migration's. */
export const session = 'leave it out: what a statement meets does not hang on the session'

export const concurrently: Refusal = [
  '`concurrently`',
  'leave out `concurrently`: each migration is one transaction',
]
export const materialized: Refusal = [
  'materialized view',
  'query the tables: it would hold the rows of all tenants',
]
export const inherits: Refusal = ['`inherits`', 'use a plain or a partitioned table']

/** Statements that are refused whatever they say, by their kind in the parse tree. */
export const refusedKinds: Record<string, Refusal> = {
  GrantStmt: ['`grant` or `revoke`', grants],
  GrantRoleStmt: ['`grant` or `revoke` of a role', grants],
  AlterDefaultPrivilegesStmt: ['`alter default privileges`', grants],
  CreatePolicyStmt: ['`create policy`', policies],
  AlterPolicyStmt: ['`alter policy`', policies],
  RuleStmt: ['`create rule`', 'use a trigger'],
  AlterOwnerStmt: ['`owner to`', owner],
  AlterObjectSchemaStmt: ['`set schema`', oneSchema],
  CreateSchemaStmt: ['`create schema`', oneSchema],
  CreateForeignTableStmt: ['`create foreign table`', otherServer],
  CreateForeignServerStmt: ['`create server`', otherServer],
  CreatePublicationStmt: ['`create publication`', 'emit events: it would carry every tenant’s rows'],
  CreateSubscriptionStmt: ['`create subscription`', 'handle events: it would write past the policies'],
  CreateEventTrigStmt: ['`create event trigger`', operators],
  CreatedbStmt: ['`create database`', operators],
  RefreshMatViewStmt: materialized,
  CopyStmt: [
    '`copy`',
    'use `insert`: on a shared table in a migration, else in the service, for each tenant',
  ],
  NotifyStmt: ['`notify`', 'notify from the service: a migration acts for no tenant'],
}

/** Parts of `alter table` that are refused. */
export const refusedActions: Record<string, Refusal> = {
  AT_ChangeOwner: ['`owner to`', owner],
  AT_EnableRowSecurity: ['`enable row level security`', policies],
  AT_DisableRowSecurity: ['`disable row level security`', policies],
  AT_ForceRowSecurity: ['`force row level security`', policies],
  AT_NoForceRowSecurity: ['`no force row level security`', policies],
  AT_AddInherit: inherits,
  AT_DropInherit: inherits,
  AT_AddOf: ['`of` a type', 'list the columns'],
  AT_SetUnLogged: ['`set unlogged`', 'leave it out: a crash would empty the table'],
}

/** The statements that may run, by their kind without `Stmt`; every other is refused. */
export const allowedKinds: ReadonlySet<string> = new Set(
  `Create AlterTable Index View CreateTableAs CreateSeq AlterSeq CreateStats AlterStats Reindex Vacuum Lock
   CreateFunction AlterFunction CreateTrig CreateCast Define AlterOperator AlterType AlterCollation
   CreateDomain AlterDomain CreateEnum AlterEnum CompositeType CreateRange AlterTSConfiguration AlterTSDictionary
   Drop Rename Comment AlterObjectDepends CreateExtension ConstraintsSet VariableSet
   Insert Update Delete Merge Select Truncate Do Call`
    .split(/\s+/)
    .map((kind) => `${kind}Stmt`),
)
