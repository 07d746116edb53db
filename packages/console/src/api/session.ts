import { ask } from './ask.ts'
import { object, type Read, text } from './read.ts'

const session = object({ operator: object({ subject: text, name: text }) })

/** Who is signed in. */
export type Operator = Read<typeof session>['operator']

export async function readOperator(signal?: AbortSignal): Promise<Operator> {
  return (await ask('/session', session, signal ? { signal } : {})).operator
}

/** Ends the session on the server, too. */
export function signOut(): Promise<undefined> {
  return ask('/sign-out', () => undefined, { method: 'POST', body: {} })
}
