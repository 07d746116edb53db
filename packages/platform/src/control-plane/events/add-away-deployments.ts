import { readOperatorPage } from '../../process/read-operator-page.ts'
import type { CircuitState } from '../../relay/circuits.ts'
import type { AwayDeploymentAnswer, EventLagAnswer } from './event-answers.ts'

/** Adds which deployments the relays cannot reach, by their operator sockets. When none answers, that is named and holds up nothing. */
export async function addAwayDeployments(
  answer: EventLagAnswer,
  relaySockets: readonly string[],
): Promise<EventLagAnswer> {
  const read = async (socket: string) =>
    JSON.parse(await readOperatorPage(socket, '/circuits')) as CircuitState[]
  const told = await Promise.allSettled(relaySockets.map(read))
  const known = told.filter((one) => one.status === 'fulfilled').flatMap(({ value }) => value)
  if (told.every(({ status }) => status === 'rejected'))
    return { ...answer, unread: [...answer.unread, 'the relay'] }
  const away = known.flatMap(({ deployment, opened, awaySinceMs }): AwayDeploymentAnswer[] =>
    awaySinceMs === undefined ? [] : [{ deployment, opened, since: new Date(awaySinceMs).toISOString() }],
  )
  return { ...answer, away: away.sort((a, b) => a.since.localeCompare(b.since)) }
}
