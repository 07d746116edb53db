import type { AttackFamily } from '../family.ts'

/** Asks for its own in the ordinary way, searches included: a filter that was forgotten shows itself. */
export const ordinary: AttackFamily = {
  about: 'merely asks',
  async attack(run, attacker, victim) {
    for (const operation of run.reads) {
      for (const variant of ['required', 'full'] as const) {
        const draft = run.draft(attacker, operation, { variant, branch: 0 })
        if (!draft) continue
        run.tried = true
        await run.asOwner(victim, run.draft(victim, operation) ?? draft)
        await run.asOwner(attacker, draft)
      }
    }
  },
}
