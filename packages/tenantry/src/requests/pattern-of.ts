import type { IncomingMessage } from 'node:http'

/**
 * The pattern of the Express route that took a request. What it was mounted under is a path by now, with what the client put
 * into it, and stays out.
 */
export function patternOf(request: IncomingMessage): string | undefined {
  const { route } = request as { route?: { path: unknown } }
  return route ? String(route.path) : undefined
}
