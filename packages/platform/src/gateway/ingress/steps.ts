import { limitRate, limitTenant } from '../limit-tenant.ts'
import { mint } from '../mint.ts'
import { pipeline } from '../pipeline.ts'
import { takeTurn } from '../take-turn.ts'
import { refuseUnmanaged } from './refuse-unmanaged.ts'

const minting = pipeline.findIndex(({ step }) => step === mint)

/**
 * What decides about a request that an ingress forwards: the gateway's own steps, up to the one that mints. Its tenant is held to its rate
 * alone, and no turns are taken: nobody tells the endpoint when such a request has ended.
 */
export const steps: typeof pipeline = pipeline
  .slice(0, minting + 1)
  .filter(({ step }) => step !== takeTurn)
  .map((row) => (row.step === limitTenant ? { ...row, step: limitRate } : row))
  .toSpliced(1, 0, { step: refuseUnmanaged, refuses: '400 REQUEST_AMBIGUOUS' })
