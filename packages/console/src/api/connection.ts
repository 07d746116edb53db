import { Store } from '../store.ts'

/** How the page stands with the control plane. `epoch` grows each time it is there again, so that what is shown is asked anew. */
export interface Connection {
  readonly state: 'there' | 'away' | 'signed-out'
  readonly epoch: number
}

const retryMs = 2_000

/** What all calls and the live stream report to, and what the banner and the signed-out page read. */
export const connection = new Store<Connection>({ state: 'there', epoch: 0 })

/** Nobody is signed in, or no longer. */
export function reportSignedOut(): void {
  connection.change((now) => ({ ...now, state: 'signed-out' }))
}

/** The control plane does not answer: it is asked for its health until it does. */
export function reportAway(): void {
  if (connection.value.state !== 'there') return
  connection.change((now) => ({ ...now, state: 'away' }))
  setTimeout(knock, retryMs)
}

async function knock(): Promise<void> {
  if (connection.value.state !== 'away') return
  const isThere = await fetch('/health').then(
    ({ ok }) => ok,
    () => false,
  )
  if (isThere) connection.change(({ epoch }) => ({ state: 'there', epoch: epoch + 1 }))
  else setTimeout(knock, retryMs)
}
