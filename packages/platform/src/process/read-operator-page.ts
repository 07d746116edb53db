import { request } from 'node:http'
import type { Readable } from 'node:stream'

const bytesMax = 64 * 1024 * 1024

/** For how long a process may let whoever asks it wait. */
export interface Patience {
  /** Without a word from it. */
  readonly quietMs: number
  /** Until it is done. */
  readonly wholeMs: number
}

const usual: Patience = { quietMs: 1_000, wholeMs: 5_000 }

/**
 * Reads what a process tells operators on its own socket; rejects when it does not answer within 1 s, is not done within 5 s, answers
 * more than 64 MiB, or otherwise than with 200: a process that was taken over holds nobody up.
 */
export function readOperatorPage(
  socketPath: string,
  path: string,
  { quietMs, wholeMs } = usual,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const call = request({ socketPath, path, timeout: quietMs, signal: AbortSignal.timeout(wholeMs) })
  call.on('response', (answer) => {
    if (answer.statusCode === 200) readText(answer).then(resolve, reject)
    else answer.resume().on('end', () => reject(new Error(`answered ${answer.statusCode}`)))
  })
  call.on('timeout', () => call.destroy(new Error(`no answer within ${quietMs} ms`))).on('error', reject)
  call.end()
  return promise
}

async function readText(answer: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new Error('answered more than 64 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
