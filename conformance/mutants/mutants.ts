import { adoptionMutants } from './adoption-mutants.ts'
import { centralMutants } from './central-mutants.ts'
import { checkMutants } from './check-mutants.ts'
import { doorMutants } from './door-mutants.ts'
import { grantMutants } from './grant-mutants.ts'
import { jobMutants } from './job-mutants.ts'
import { keyMutants } from './key-mutants.ts'
import type { Mutant } from './mutant.ts'
import { poolMutants } from './pool-mutants.ts'
import { protectionMutants } from './protection-mutants.ts'

/** All mutants, in the order of the record. */
export const mutants: readonly Mutant[] = [
  ...checkMutants,
  ...protectionMutants,
  ...grantMutants,
  ...keyMutants,
  ...poolMutants,
  ...adoptionMutants,
  ...centralMutants,
  ...jobMutants,
  ...doorMutants,
]
