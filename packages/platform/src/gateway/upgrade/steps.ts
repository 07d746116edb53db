import { forward } from '../forward.ts'
import { pipeline } from '../pipeline.ts'
import { forwardUpgrade } from './forward-upgrade.ts'
import { requireHandshake } from './require-handshake.ts'

/** What happens to a request for a WebSocket: what happens to every other, and a handshake at either end. */
export const upgradeSteps: typeof pipeline = [
  { step: requireHandshake, refuses: '400 HANDSHAKE_MALFORMED · 426 WEBSOCKET_VERSION' },
  ...pipeline.filter(({ step }) => step !== forward),
  {
    step: forwardUpgrade,
    refuses: '502 HANDSHAKE_REFUSED · 503 DEPLOYMENT_DOWN · 504 DEPLOYMENT_SLOW',
  },
]
