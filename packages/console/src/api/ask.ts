import { ApiError } from './api-error.ts'
import { reportAway, reportSignedOut } from './connection.ts'
import type { Reader } from './read.ts'

interface Question {
  readonly method?: 'GET' | 'POST' | 'PATCH'
  readonly body?: object
  readonly signal?: AbortSignal
}

/** Asks the control plane and reads its answer; rejects with an `ApiError`. Every write says that this page sends it. */
export async function ask<T>(
  path: string,
  read: Reader<T>,
  { method = 'GET', body, signal }: Question = {},
): Promise<T> {
  const answer = await send(path, {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(method !== 'GET' && { 'x-tenantry-console': '1' }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })
  const told = await tellOf(answer)
  if (!answer.ok) throw refusalOf(answer.status, told)
  return read(told, path)
}

/** A query with the fields that say something. */
export function queryOf(fields: Readonly<Record<string, string | number | undefined>>): string {
  const told = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
  return told.length === 0
    ? ''
    : `?${new URLSearchParams(told.map(([name, value]) => [name, String(value)]))}`
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    reportAway()
    throw new ApiError('CONTROL_PLANE_DOWN', 'the control plane does not answer', {
      status: 0,
      help: 'this page asks again by itself; see whether `tenantry start` still runs',
    })
  }
}

async function tellOf(answer: Response): Promise<unknown> {
  if (answer.status === 204) return undefined
  return answer.json().catch(() => undefined)
}

function refusalOf(status: number, told: unknown): ApiError {
  const { code, message, help, request_id } = (told ?? {}) as Record<string, unknown>
  if (status === 401) reportSignedOut()
  if (status >= 502 && code === undefined) reportAway()
  return new ApiError(textOr(code, `HTTP_${status}`), textOr(message, `the answer was ${status}`), {
    status,
    help: typeof help === 'string' ? help : undefined,
    requestId: typeof request_id === 'string' ? request_id : undefined,
  })
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}
