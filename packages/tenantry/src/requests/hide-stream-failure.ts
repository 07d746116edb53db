import { TenantryError } from '@tenantry/context'

/**
 * The same answer, but a body that fails on its way tells `report` why and its reader nothing: `@hono/node-server` writes the
 * message of what a body failed with to the caller.
 */
export function hideStreamFailure(answer: Response, report: (error: unknown) => void): Response {
  if (!answer.body) return answer
  const reader = answer.body.getReader()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          report(error)
          controller.error(
            new TenantryError('INTERNAL', 'internal error', { help: 'read the service’s log' }),
          )
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead of whom it is for.
    { highWaterMark: 0 },
  )
  return new Response(body, answer)
}
