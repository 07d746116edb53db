import { mint } from '../mint.ts'
import { pipeline } from '../pipeline.ts'
import { refuseUnmanaged } from './refuse-unmanaged.ts'

const minting = pipeline.findIndex(({ step }) => step === mint)

/** What decides about a request that an ingress forwards: the gateway's own steps, up to the one that mints. */
export const steps: typeof pipeline = pipeline
  .slice(0, minting + 1)
  .toSpliced(1, 0, { step: refuseUnmanaged, refuses: '400 REQUEST_AMBIGUOUS' })
