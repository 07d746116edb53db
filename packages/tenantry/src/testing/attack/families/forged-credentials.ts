import type { AttackFamily } from '../family.ts'
import { forgeCredential } from '../forge-credential.ts'
import type { Party } from '../party.ts'

/** Asks for the other's things with no credentials, with bad ones, and with its own, changed to say that it is the other. */
export const forgedCredentials: AttackFamily = {
  about: 'sends no credentials, broken ones, and its own with the other’s name in them',
  async attack(run, attacker, victim) {
    const own = await attacker.headers()
    const forgeries = await credentialsFor(attacker, victim)
    for (const operation of run.attackable) {
      if (operation.method === 'DELETE') continue
      for (const credentials of forgeries) {
        const draft = run.draft(victim, operation)
        if (!draft) continue
        // New markers in it would be the victim's own.
        if (operation.method === 'GET') await run.attack(run.nobody, victim, draft, { credentials })
      }
    }
    for (const operation of run.creates) {
      for (const credentials of [[], ...forgeries.slice(-own.length)]) {
        const draft = run.draft(run.nobody, operation) ?? run.draft(attacker, operation)
        if (draft) await run.attack(run.nobody, victim, draft, { credentials })
      }
    }
  },
}

async function credentialsFor(attacker: Party, victim: Party): Promise<(readonly [string, string])[][]> {
  const [own, theirs] = [await attacker.headers(), await victim.headers()]
  const isGood = (headers: readonly (readonly [string, string])[]) =>
    headers.every(([name, value]) => theirs.some(([known, good]) => known === name && good === value))
  const changed = own.flatMap(([name, value]) =>
    forgeCredential(value, attacker.id, victim.id).map((forged) =>
      own.map(([other, kept]) => [other, other === name ? forged : kept] as const),
    ),
  )
  const broken = [
    [],
    own.map(([name]) => [name, ''] as const),
    own.map(([name]) => [name, 'null'] as const),
    own.map(([name]) => [name, victim.id] as const),
    own.map(([name, value]) => [name, value.slice(0, -3)] as const),
  ]
  return [...broken, ...changed].filter((headers) => headers.length === 0 || !isGood(headers))
}
