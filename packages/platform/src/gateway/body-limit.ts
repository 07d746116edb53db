import type { IncomingMessage } from 'node:http'
import { TenantryError } from '@tenantry/context'

/** The largest body that is forwarded: 1 MiB. */
export const bodyBytesMax = 1024 * 1024

/** The body as it arrives; throws `BODY_TOO_LARGE` once more than 1 MiB of it has. */
export async function* limitBody(
  request: IncomingMessage,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  let bytes = 0
  // What is refused is still answered, so the connection is left open.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    onRead(chunk.length)
    if (bytes > bodyBytesMax) throw bodyTooLarge()
    yield chunk
  }
}

/** The error for a body over 1 MiB. */
export function bodyTooLarge(): TenantryError {
  return new TenantryError('BODY_TOO_LARGE', 'the body is larger than 1 MiB', {
    status: 413,
    help: 'send less at once',
  })
}
