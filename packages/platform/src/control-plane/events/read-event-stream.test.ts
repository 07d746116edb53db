import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEventStream } from './read-event-stream.ts'

/** What is read of a text that comes in pieces of so many bytes. */
async function readInPieces(text: string, size: number) {
  const bytes = new TextEncoder().encode(text)
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.slice(at * size, (at + 1) * size),
  )
  return Array.fromAsync(readEventStream(piecesOf(pieces)))
}

async function* piecesOf(pieces: readonly Uint8Array[]) {
  yield* pieces
}

test('events are the same however the bytes come, and whichever way lines end', async () => {
  const text = 'event: live\ndata: {"name":"Zürich ⚡"}\n\nevent: history\ndata: 1\ndata: 2\n\n'
  const events = [
    { event: 'live', data: '{"name":"Zürich ⚡"}' },
    { event: 'history', data: '1\n2' },
  ]
  for (const end of ['\n', '\r\n', '\r'])
    for (const size of [1, 2, 3, 7, 1_000]) {
      // The last CR could be half of an end: it is known with what comes next.
      const sent = `${text.replaceAll('\n', end)}:`
      assert.deepEqual(await readInPieces(sent, size), events, `${JSON.stringify(end)} by ${size}`)
    }
})

test('comments, other fields, events without data and one that did not end are none', async () => {
  const text = ': hello\n\nid: 7\nretry: 5\nevent: live\n\ndata:kept\nevents: x\n\ndata: cut o'
  assert.deepEqual(await readInPieces(text, 5), [{ event: 'message', data: 'kept' }])
})

test('one space after the colon is left out, and no more', async () => {
  assert.deepEqual(await readInPieces('data:  a: b\ndata\n\n', 100), [{ event: 'message', data: ' a: b\n' }])
})

test('what never ends is refused', async () => {
  async function* endless() {
    for (;;) yield new Uint8Array(1024 * 1024).fill(120)
  }
  await assert.rejects(Array.fromAsync(readEventStream(endless())), RangeError)
})
