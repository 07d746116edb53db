import { createHash } from 'node:crypto'
import { signLease } from '../../../packages/isolation/src/index.ts'
import type { SeededRandom } from '../../../packages/tenantry/src/testing/attack/seeded-random.ts'
import { foreign, own } from '../attacker.ts'
import type { LeaseChanges, Placement, RawClient } from '../placements.ts'

/** What a forger works with: a lease that is good on its connection, and whatever else it may have come by. */
export interface Forgery {
  readonly random: SeededRandom
  readonly placement: Placement
  readonly other: Placement
  readonly client: RawClient
  readonly valid: string
  /** How often this way was gone before: so that every bit has its turn. */
  readonly turn: number
}

const claimsAt = 32
const tenantAt = 41

const sign = ({ placement, client }: Forgery, changes: LeaseChanges, tenant = own) =>
  signLease(placement.tenantKey(tenant, changes), changes.processId ?? client.processID)
const changed = (valid: string, change: (bytes: Buffer) => void) => {
  const bytes = Buffer.from(valid, 'hex')
  change(bytes)
  return bytes.toString('hex')
}
const anyTenant = ({ random }: Forgery) => random.pick([own, foreign, 'cat', 'a', '', 'x'.repeat(63)])

/** Each way to come by a lease that is not one's own. None of them may be good. */
export const forgeries: Readonly<Record<string, (forgery: Forgery) => string>> = {
  bit: ({ valid, turn }) =>
    changed(valid, (bytes) => {
      const at = (turn >> 3) % bytes.length
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (turn & 7))
    }),
  byte: ({ valid, random }) =>
    changed(valid, (bytes) => {
      const at = random.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 + random.below(255))
    }),
  swap: ({ valid, random }) =>
    changed(valid, (bytes) => {
      const at = random.below(bytes.length - 1)
      if (bytes[at] === bytes[at + 1]) bytes[at] = (bytes[at] ?? 0) ^ 1
      else bytes.subarray(at, at + 2).reverse()
    }),
  truncated: ({ valid, random }) => valid.slice(0, 2 * random.below(valid.length / 2)),
  cut: ({ valid, random }) => {
    const at = 2 * random.below(valid.length / 2)
    return valid.slice(0, at) + valid.slice(at + 2)
  },
  extended: ({ valid, random }) => valid + random.bytes(1 + random.below(40)).toString('hex'),
  inserted: ({ valid, random }) => {
    const at = 2 * random.below(valid.length / 2)
    return `${valid.slice(0, at)}${random.pick(['00', 'ff', '6c'])}${valid.slice(at)}`
  },
  tenant: ({ valid, random }) =>
    valid.slice(0, 2 * tenantAt) + Buffer.from(random.pick([foreign, 'cat', `${own}s`])).toString('hex'),
  expiry: ({ valid, random }) =>
    changed(valid, (bytes) => {
      const expiry = bytes.readBigInt64BE(claimsAt)
      bytes.writeBigInt64BE(
        expiry + BigInt(1 + random.below(2 ** 31)) * (random.below(2) ? 1n : -1n),
        claimsAt,
      )
    }),
  kid: ({ valid, random }) =>
    changed(valid, (bytes) => {
      bytes[40] = (bytes[40] ?? 0) + 1 + random.below(255)
    }),
  mac: ({ valid, random }) => random.bytes(32).toString('hex') + valid.slice(64),
  noise: ({ random }) => random.bytes(random.below(120)).toString('hex'),
  expired: (forgery) =>
    sign(
      forgery,
      { expiresAtMs: Date.now() - 1 - forgery.random.below(100_000) },
      forgery.random.pick([own, foreign]),
    ),
  connection: (forgery) => {
    const processId = forgery.random.pick([
      0,
      1,
      -1,
      forgery.client.processID ^ (1 + forgery.random.below(1_000)),
    ])
    return sign(forgery, { processId }, forgery.random.pick([own, foreign]))
  },
  role: (forgery) =>
    sign(
      forgery,
      {
        role: forgery.random.pick([
          'postgres',
          forgery.other.role,
          '',
          'tenantry_owner',
          `${forgery.placement.role}x`,
        ]),
      },
      forgery.random.pick([own, foreign]),
    ),
  database: (forgery) => sign(forgery, { databaseKey: forgery.other.databaseKey }, anyTenant(forgery)),
  key: (forgery) =>
    sign(forgery, { databaseKey: forgery.random.bytes(forgery.random.below(65)) }, anyTenant(forgery)),
  absentKey: (forgery) => sign(forgery, { kid: 2 + forgery.random.below(254) }, anyTenant(forgery)),
  unkeyed: ({ client, random }) => {
    const claims = Buffer.concat([
      Buffer.from('0004ffffffffffff01', 'hex'),
      Buffer.from(random.pick([own, foreign])),
    ])
    const about = [claims, Buffer.from(`${client.processID}`), random.bytes(random.below(4))]
    return createHash('sha256').update(Buffer.concat(about)).digest('hex') + claims.toString('hex')
  },
  encoding: ({ valid, random }) =>
    random.pick([
      Buffer.from(valid, 'hex').toString('base64'),
      Buffer.from(valid).toString('hex'),
      `\\x${valid}`,
      `0x${valid}`,
      `'${valid}'`,
      valid.split('').reverse().join(''),
      Buffer.from(valid, 'hex').reverse().toString('hex'),
      Buffer.from(valid, 'utf16le').toString('hex'),
      `${valid.slice(0, 20)}\u00a0${valid.slice(20)}`,
      `${valid},${valid}`,
      JSON.stringify({ lease: valid }),
      valid.replace(/^../, 'é'),
    ]),
}
