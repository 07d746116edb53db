import type { Directory } from '@tenantry/routing'
import { connectNats } from '../../relay/nats/connect-nats.ts'
import { EventStream, readLaneSubject } from '../../relay/nats/event-stream.ts'
import type { NatsAccess } from '../../relay/nats/nats-access.ts'
import { inParallel } from '../scheduling/in-parallel.ts'
import type { EventLag, EventLagAnswer } from './event-answers.ts'

/** Adds what waits in the stream for its first attempt. When NATS does not answer, that is named and holds up nothing. */
export async function addStreamLag(
  answer: EventLagAnswer,
  access: NatsAccess,
  directory: Pick<Directory, 'tenants'>,
): Promise<EventLagAnswer> {
  try {
    const inStream = await measureStreamLag(access, directory)
    const groups = Map.groupBy([...answer.lag, ...inStream], ({ place, tenant, service }) =>
      [place, tenant, service].join('/'),
    )
    const all = [...groups.values()].map((own) => own.reduce(addUp))
    return { ...answer, lag: all.sort(byAge) }
  } catch {
    return { ...answer, unread: [...answer.unread, 'NATS'] }
  }
}

function addUp(one: EventLag, other: EventLag): EventLag {
  const [oldest] = [one, other].sort(byAge)
  return {
    ...one,
    waiting: one.waiting + other.waiting,
    oldestAt: (oldest ?? one).oldestAt,
    parked: one.parked || other.parked,
  }
}

function byAge(one: EventLag, other: EventLag): number {
  return one.oldestAt.localeCompare(other.oldestAt)
}

async function measureStreamLag(
  access: NatsAccess,
  { tenants }: Pick<Directory, 'tenants'>,
): Promise<EventLag[]> {
  const client = await connectNats(access, 'tenantry control plane')
  try {
    const stream = new EventStream(client)
    const { counts } = await stream.lanes()
    const waiting = new Map<string, number>()
    for (const [subject, count] of counts) {
      const { tenant, service } = readLaneSubject(subject)
      const key = `${tenant}.${service}`
      waiting.set(key, (waiting.get(key) ?? 0) + count)
    }
    const measured = await inParallel([...waiting], 8, async ([key, count]): Promise<EventLag[]> => {
      const [tenant = '', service = ''] = key.split('.')
      const oldestAt = await stream.oldestAt(tenant, service)
      // It may have been delivered by now.
      if (!oldestAt) return []
      const parked = tenants.get(tenant)?.status !== 'active'
      return [
        {
          tenant,
          service,
          place: 'bus',
          waiting: count,
          oldestAt: oldestAt.toISOString(),
          parked,
          reason: null,
        },
      ]
    })
    return measured.flat()
  } finally {
    await client.connection.close()
  }
}
