import type { ClientBase } from 'pg'
import { describeDeliveriesSql } from './describe-deliveries.ts'
import type { DeliveryAnswer, EventAnswer, EventFilter, EventLine, EventOperation } from './event-answers.ts'
import { noSuchEvent } from './event-refusals.ts'
import { recordOperations } from './record-operations.ts'

const chosenSql = `
select * from deliveries where event_id = $1 and ($2::text is null or tenant = $2) and ($3::text is null or service = $3)
order by position`

const refusedRowSql = `
select tenant, 'urn:tenantry:service:' || service as source, row as event, reason, quarantined_at as "storedAt",
  discarded_at as "discardedAt"
from quarantine where concat_ws(':', database, service, position) = $1 and ($2::text is null or tenant = $2)`

const operationsSql = `
select at, operator, action, service from operations where event_id = $1 and tenant = $2 order by position`

// What is shown of an event. Its signature is left out: it tells an operator nothing, and verifying is the relay's.
const attributes = [
  'specversion',
  'type',
  'subject',
  'time',
  'tenantid',
  'traceparent',
  'tracestate',
  'datacontenttype',
]

/** Whether an event's data is shown as well, and then to whom: that goes on record. */
export interface ShowOptions extends EventFilter {
  readonly dataFor?: string
}

/**
 * Everything that the bus knows of the events with this id: one, unless two services or tenants chose the same.
 * Rejects with `EVENT_NOT_FOUND` (404).
 */
export async function showEvents(
  client: ClientBase,
  id: string,
  { tenant, service, dataFor }: ShowOptions,
): Promise<EventAnswer[]> {
  const { rows } = await client.query<DescribedDelivery>(describeDeliveriesSql(chosenSql, 'oldest first'), [
    id,
    tenant ?? null,
    service ?? null,
  ])
  const { rows: refused } = await client.query<RefusedRow>(refusedRowSql, [id, tenant ?? null])
  const answers: Omit<EventAnswer, 'id' | 'operations'>[] = [
    ...[...Map.groupBy(rows, (row) => JSON.stringify([row.tenant, row.source])).values()].map((own) =>
      answerOf(own[0], {
        deliveries: own.map(readDelivery),
      }),
    ),
    ...refused.map((row) =>
      answerOf(row, {
        deliveries: [],
        refused: row.reason,
        discardedAt: row.discardedAt?.toISOString() ?? null,
      }),
    ),
  ]
  if (answers.length === 0) throw noSuchEvent(id)
  if (dataFor !== undefined) {
    const shown = answers.map((answer) => ({ id, tenant: answer.tenant, service: null }))
    // First the record, then the data.
    await recordOperations(client, { operator: dataFor, action: 'data shown', events: shown })
  }
  const events: EventAnswer[] = []
  for (const { data, ...answer } of answers) {
    const shown = dataFor !== undefined && data !== undefined && { data }
    events.push({ id, ...answer, ...shown, operations: await readOperations(client, id, answer.tenant) })
  }
  return events
}

interface StoredEvent {
  readonly tenant: string
  readonly source: string
  readonly event: string
  readonly storedAt: Date
}

interface DescribedDelivery extends StoredEvent {
  readonly service: string
  readonly state: EventLine['state']
  readonly attempts: number
  readonly failures: DeliveryAnswer['failures']
  readonly nextAttemptAt: Date | null
  readonly settledAt: Date | null
}

interface RefusedRow extends StoredEvent {
  readonly reason: string
  readonly discardedAt: Date | null
}

type Answer = Omit<EventAnswer, 'id' | 'operations'>

function answerOf(
  stored: StoredEvent | undefined,
  more: Pick<Answer, 'deliveries' | 'refused' | 'discardedAt'>,
): Answer {
  const { tenant = '', source = '', event = '', storedAt = new Date(0) } = stored ?? {}
  return { tenant, source, storedAt: storedAt.toISOString(), ...readStored(event), ...more }
}

/** The known attributes that are text, and the data; of what is no JSON, nothing but its text as data. */
function readStored(event: string): Pick<Answer, 'attributes' | 'data'> {
  let value: Record<string, unknown>
  try {
    value = Object(JSON.parse(event))
  } catch {
    return { attributes: {}, data: event }
  }
  const known = attributes.flatMap((name) => {
    const text = Object.hasOwn(value, name) ? value[name] : undefined
    return typeof text === 'string' ? [[name, text]] : []
  })
  const { data_base64: encoded, data } = value
  const text = typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString() : data
  return { attributes: Object.fromEntries(known), ...(typeof text === 'string' && { data: text }) }
}

function readDelivery(row: DescribedDelivery): DeliveryAnswer {
  const { service, state, attempts, failures, nextAttemptAt, settledAt } = row
  return {
    service,
    state,
    attempts,
    failures: failures.map(({ at, reason }) => ({ at: new Date(at).toISOString(), reason })),
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    settledAt: settledAt?.toISOString() ?? null,
  }
}

async function readOperations(client: ClientBase, id: string, tenant: string): Promise<EventOperation[]> {
  const { rows } = await client.query<Omit<EventOperation, 'at'> & { at: Date }>(operationsSql, [id, tenant])
  return rows.map(({ at, operator, action, service }) => ({
    at: at.toISOString(),
    operator,
    action,
    service,
  }))
}
