import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'

const lastWordsMs = 2_000

/**
 * Sends what each socket brings to the other, no faster than it takes it, until both are closed. When one side ends, the other is told
 * and has 2 s of silence left; when one breaks off, so does the other. `onIdle` is called when nothing came or went for `idleMs`.
 */
export async function tunnel(
  [caller, deployment]: readonly [Socket, Socket],
  { idleMs, onIdle }: { idleMs: number; onIdle: () => void },
): Promise<void> {
  caller.setTimeout(idleMs, onIdle)
  // Frames are often small, and each is somebody's to wait for.
  for (const socket of [caller, deployment]) {
    socket.setNoDelay(true)
    socket.once('end', () => {
      for (const side of [caller, deployment]) side.setTimeout(lastWordsMs, () => side.destroy())
    })
  }
  await Promise.allSettled([pipeline(caller, deployment), pipeline(deployment, caller)])
  for (const socket of [caller, deployment]) socket.destroy()
}
