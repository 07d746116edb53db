import type pg from 'pg'
import type { AttackFamilyName } from 'tenantry/testing'
import type { Handler } from '../handlers.ts'

/** What a leak is made of: the honest handlers, and a pool of a role that no policy holds. */
export interface LeakParts {
  readonly privileged: pg.Pool
  readonly honest: Readonly<Record<string, Handler>>
}

/** Handlers in place of the honest ones, inside the request's scope or before anybody asks for credentials. */
export interface LeakyHandlers {
  readonly inside?: Record<string, Handler>
  readonly outside?: Record<string, Handler>
}

/** One mistake, as services make it. */
export interface SeededLeak {
  /** The family that it is there for. */
  readonly foundBy: AttackFamilyName
  leak(parts: LeakParts): LeakyHandlers
}

/** The honest handler, which every leak replaces. */
export function honestly(honest: LeakParts['honest'], name: string): Handler {
  const handler = honest[name]
  if (!handler) throw new Error(`there is no handler of ${name}`)
  return handler
}
