import type { DatabaseKeyStatus, KeyStatus, TokenKeyState } from '@tenantry/platform'
import { Command } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { describeAge } from '../describe-age.ts'
import { bold, dim, green, red, yellow } from '../styles.ts'
import { table } from '../table.ts'

/** `tenantry keys …`: the keys that leases and tokens are signed with, and their rotation. */
export function keysCommand(): Command {
  const command = new Command('keys')
    .description('the keys of leases, by kid, and which of them each database has')
    .option('--tokens', 'the signing keys of transaction tokens instead')
    .option('--json', 'as JSON')
    .action(async ({ json, tokens }: KeysOptions) => {
      if (tokens) showTokenKeys(await connectControlPlane().tokenKeys(), json)
      else show(await connectControlPlane().keys(), json)
    })

  command
    .command('rotate')
    .description('replace the key of leases while everything runs; one that was cut off goes on')
    .option('--tokens', 'the signing key of transaction tokens instead')
    .option('--json', 'as JSON')
    .action(async (_options: unknown, own: Command) => {
      // Both commands have these; commander gives them to the outer one.
      const { json, tokens } = own.optsWithGlobals<KeysOptions>()
      if (tokens) return showTokenKeys(await connectControlPlane().rotateTokenKeys(), json)
      const status = await connectControlPlane().rotateKeys()
      show(status, json)
      if (!json) console.log(`\n${describeRotation(status)}`)
    })

  return command
}

interface KeysOptions {
  readonly json?: boolean
  readonly tokens?: boolean
}

function showTokenKeys(keys: readonly TokenKeyState[], json: boolean | undefined): void {
  console.log(json ? JSON.stringify({ keys }, undefined, 2) : tokenKeyTable(keys))
}

/** The signing keys of tokens, each with what it does and until when. */
export function tokenKeyTable(keys: readonly TokenKeyState[]): string {
  const at = (ms: number) => new Date(ms).toISOString()
  const rows = keys.map(({ kid, state, signsAtMs, endsAtMs }) => [
    kid,
    state === 'signing' ? green(state) : yellow(state),
    dim(
      state === 'published'
        ? `signs from ${at(signsAtMs)}`
        : endsAtMs === null
          ? `since ${at(signsAtMs)}`
          : `tokens end ${at(endsAtMs)}`,
    ),
  ])
  return table([['kid', 'state', ''].map(bold), ...rows])
}

function show(status: KeyStatus, json: boolean | undefined): void {
  console.log(json ? JSON.stringify(status, undefined, 2) : keyTable(status))
}

/** Two tables: the keys with their age and state, and each database with the keys that it has. */
export function keyTable({ keys, databases }: KeyStatus, nowMs = Date.now()): string {
  const keyRows = keys.map(({ kid, state, madeAtMs, endsAtMs }) => [
    String(kid),
    madeAtMs === null ? 'unknown' : describeAge(nowMs - madeAtMs),
    state === 'signing' ? green(state) : yellow(state),
    endsAtMs === null ? '' : dim(`leases end ${new Date(endsAtMs).toISOString()}`),
  ])
  const databaseRows = databases.map((one) => [
    one.database,
    one.tenant ?? dim('pool'),
    one.kids.join(', ') || dim('none'),
    describeState(one),
  ])
  return [
    table([['kid', 'age', 'state'].map(bold), ...keyRows]),
    '',
    table([['database', 'tenant', 'kids', 'state'].map(bold), ...databaseRows]),
  ].join('\n')
}

function describeState({ state, error }: DatabaseKeyStatus): string {
  if (state === 'ready') return state
  return state === 'waiting' ? yellow(state) : red(`${state}: ${error}`)
}

function describeRotation({ keys }: KeyStatus): string {
  const signing = keys.find(({ state }) => state === 'signing')
  const old = keys.find(({ state }) => state === 'expiring' || state === 'removing')
  const end = old?.endsAtMs ? new Date(old.endsAtMs).toISOString() : undefined
  return [
    `${green('✓')} kid ${signing?.kid} signs.`,
    end && ` kid ${old?.kid} is removed from every database after ${end}.`,
  ]
    .filter(Boolean)
    .join('')
}
