import { mint } from '../mint.ts'
import { pipeline } from '../pipeline.ts'
import { refuseUnmanaged } from './refuse-unmanaged.ts'

const [first, ...others] = pipeline.slice(0, pipeline.findIndex(({ step }) => step === mint) + 1)

/** What decides about a request that an ingress forwards: the gateway's own steps, up to the one that mints. */
export const steps: typeof pipeline = [
  ...(first ? [first] : []),
  { step: refuseUnmanaged, refuses: '400 REQUEST_AMBIGUOUS' },
  ...others,
]
