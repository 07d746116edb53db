import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** Reads what a process tells operators on its own socket; rejects when it does not answer within 1 s, or otherwise than with 200. */
export function readOperatorPage(socketPath: string, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const call = request({ socketPath, path, timeout: 1_000 })
  call.on('response', (answer) => {
    if (answer.statusCode === 200) text(answer).then(resolve, reject)
    else answer.resume().on('end', () => reject(new Error(`answered ${answer.statusCode}`)))
  })
  call.on('timeout', () => call.destroy(new Error('no answer within 1 s'))).on('error', reject)
  call.end()
  return promise
}
