import { constants } from 'node:os'
import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import type { LiveState } from './follow-live.ts'
import { TerminalScreen } from './terminal-screen.ts'
import { topScreen } from './top-screen.ts'
import { type PressedKey, pressKey, type TopView } from './top-view.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Shows what happens now in the terminal, in place, until `q`, Ctrl-C, a signal or the end of the output. However it ends, the terminal is as before.
 */
export async function watchTop(
  follow: (signal: AbortSignal) => AsyncIterable<LiveState>,
  { input, output, view: first }: { input: ReadStream; output: WriteStream; view: TopView },
): Promise<void> {
  const ended = new AbortController()
  const end = () => ended.abort()
  const screen = new TerminalScreen(output)
  let view = first
  let state: LiveState = {}
  const draw = () => screen.draw(topScreen(state, view, screen.size))
  const onKey = (_: unknown, key: PressedKey) => {
    const pressed = pressKey(view, key)
    if (pressed === 'quit') return end()
    view = pressed
    draw()
  }
  const onSignal = (signal: (typeof signals)[number]) => {
    process.exitCode = 128 + constants.signals[signal]
    end()
  }

  output.on('resize', draw).on('error', end).on('close', end)
  for (const signal of signals) process.on(signal, onSignal)
  if (input.isTTY) {
    emitKeypressEvents(input)
    input.on('keypress', onKey).on('end', end).setRawMode(true).resume()
  }
  screen.open()
  try {
    draw()
    for await (state of follow(ended.signal)) draw()
  } finally {
    screen.close()
    if (input.isTTY) input.off('keypress', onKey).off('end', end).setRawMode(false).pause()
    for (const signal of signals) process.off(signal, onSignal)
    output.off('resize', draw).off('close', end)
  }
}
