import { request } from 'node:http'

/** What was answered, uncompressed by nobody. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

/** One request to `url`'s port whose path and `Host` go as they are given. */
export function ask(url: string, path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  request({ host: '127.0.0.1', port: new URL(url).port, path, headers }, async (answer) => {
    const body = Buffer.concat(await answer.toArray())
    resolve({
      status: answer.statusCode ?? 0,
      headers: new Headers(answer.headers as Record<string, string>),
      body,
    })
  })
    .on('error', reject)
    .end()
  return promise
}
