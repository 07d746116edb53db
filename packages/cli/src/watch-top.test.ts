import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { ReadStream, WriteStream } from 'node:tty'
import type { LiveState } from './follow-live.ts'
import { watchTop } from './watch-top.ts'

const entered = '\x1b[?1049h\x1b[?25l'
const restored = '\x1b[?25h\x1b[?1049l'

/** Two ends of a terminal of so many rows: what is typed, and what was written. */
function terminalOf(rows = 24) {
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(mode: boolean) {
      raw.push(mode)
      return input
    },
  })
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 60, rows })
  let written = ''
  output.on('data', (piece) => {
    written += piece
  })
  return { input, output, raw, written: () => written }
}

/** Watches states that go on until it is ended, or that fail. */
function watch(terminal: ReturnType<typeof terminalOf>, { fails = false } = {}) {
  return watchTop(
    async function* follow(signal): AsyncGenerator<LiveState> {
      yield { away: { sinceMs: 5_000, why: 'it is being started' } }
      if (fails) throw new Error('refused')
      if (!signal.aborted) await once(signal, 'abort')
    },
    {
      input: terminal.input as unknown as ReadStream,
      output: terminal.output as unknown as WriteStream,
      view: { sort: 'requests', filter: '', isTyping: false },
    },
  )
}

const requireRestored = ({ raw, written, input }: ReturnType<typeof terminalOf>) => {
  assert.ok(written().startsWith(entered))
  assert.ok(written().endsWith(restored), JSON.stringify(written().slice(-40)))
  assert.equal(written().split(restored).length, 2)
  assert.deepEqual(raw, [true, false])
  assert.ok(input.isPaused())
}

test('a screen of its own is drawn in place, and the terminal is as before after q or Ctrl-C', async () => {
  for (const key of ['q', '\x03']) {
    const terminal = terminalOf()
    const watching = watch(terminal)
    await turn()
    const drawn = terminal.written()
    assert.ok(drawn.includes('\x1b[H\x1b[2Ktenantry top  away since 00:00:05: it is being started'), drawn)
    assert.ok(drawn.endsWith('\r\n\x1b[J'))
    terminal.input.write(key)
    await watching
    requireRestored(terminal)
  }
})

test('it is as before after an error, and when the input or the output ends', async () => {
  const failing = terminalOf()
  await assert.rejects(watch(failing, { fails: true }), /refused/)
  requireRestored(failing)
  const unread = terminalOf()
  const watching = watch(unread)
  unread.output.emit('error', new Error('write EPIPE'))
  await watching
  requireRestored(unread)
  const closed = terminalOf()
  const ending = watch(closed)
  closed.input.end()
  await ending
  requireRestored(closed)
})

test('it is as before after a signal, and ends as one that was killed by it', async () => {
  const terminal = terminalOf()
  const watching = watch(terminal)
  await turn()
  process.emit('SIGTERM', 'SIGTERM')
  await watching
  requireRestored(terminal)
  assert.equal(process.exitCode, 143)
  process.exitCode = 0
})

test('keys and a new size are drawn at once; what fills the screen is never scrolled', async () => {
  const terminal = terminalOf()
  const watching = watch(terminal)
  await turn()
  terminal.input.write('/abc')
  await turn()
  assert.ok(terminal.written().includes('tenantry top  /abc_  away'))
  Object.assign(terminal.output, { columns: 10, rows: 1 }).emit('resize')
  assert.ok(
    terminal.written().endsWith('\x1b[H\x1b[2Ktenantry …'),
    JSON.stringify(terminal.written().slice(-40)),
  )
  terminal.input.write('\x03')
  await watching
})
