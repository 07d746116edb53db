import type { IncomingMessage } from 'node:http'

/** How a body in JSON is read. */
export interface JsonBounds {
  readonly bytesMax: number
  /** The error that says what is wrong with it. */
  readonly invalid: (what: string) => Error
}

/** Reads what a workload sent. Rejects with what `invalid` makes of more than `bytesMax` bytes, and of what is no JSON. */
export async function readJson(
  request: IncomingMessage,
  { bytesMax, invalid }: JsonBounds,
): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bytesMax) throw invalid(`more than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw invalid('no JSON')
  }
}
