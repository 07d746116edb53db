import { type Mutant, mutant } from './mutant.ts'

const job = 'packages/tenantry/src/job.ts'
const test = 'packages/tenantry/src/job.test.ts'

/** Weakenings of jobs that carry their tenant through a queue. */
export const jobMutants: readonly Mutant[] = [
  mutant(
    'a job’s signature is not looked at',
    job,
    'if (!mac || !timingSafeEqual(Buffer.from(macOf(payload)), Buffer.from(mac))) throw forged()',
    'if (!mac) throw forged()',
    test,
  ),
  mutant(
    'a job’s signature covers a part of it',
    job,
    ".update(payload).digest('base64url')",
    ".update(payload.slice(0, 8)).digest('base64url')",
    test,
  ),
  mutant(
    'a job is never too old',
    job,
    '  if (Date.now() - signedAtMs > ageMaxMs) throw expired()\n',
    '',
    test,
  ),
  mutant('a signed job may be nobody’s', job, 'if (!isTenantId(claims.tenant) || ', 'if (', test),
]
