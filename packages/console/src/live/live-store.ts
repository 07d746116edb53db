import { connection, reportAway, reportSignedOut } from '../api/connection.ts'
import { type Call, type Point, readHistory, readSnapshot, type Snapshot } from '../api/snapshot.ts'
import { Store } from '../store.ts'
import { averageCalls, secondsAveraged } from './average-calls.ts'
import { keepPoints } from './keep-points.ts'
import { recallTenants, type TenantRates } from './recall-tenants.ts'

/** What the live stream has told so far. */
export interface Live {
  /** `absent` where this control plane has no live stream. */
  readonly state: 'connecting' | 'live' | 'absent'
  /** The seconds before now, the oldest first. */
  readonly points: readonly Point[]
  readonly snapshot: Snapshot | null
  /** Who called whom in a second, averaged over the last few. */
  readonly calls: readonly Call[]
  /** Requests per second of each busy tenant, as far as this page has watched. */
  readonly rates: TenantRates
}

const retryMs = 2_000
const absentRetryMs = 30_000

/** The one live stream of the page. */
export const live = new Store<Live>({
  state: 'connecting',
  points: [],
  snapshot: null,
  calls: [],
  rates: new Map(),
})

/** Opens the stream and keeps it open until what is returned is called. */
export function followLive(): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false

  const open = () => {
    source = new EventSource('/live')
    source.addEventListener('history', ({ data }) => understand(() => begin(JSON.parse(data))))
    source.addEventListener('live', ({ data }) =>
      understand(() => take(readSnapshot(JSON.parse(data), 'live'))),
    )
    source.addEventListener('error', () => {
      live.change((now) => ({ ...now, state: 'connecting' }))
      // A stream that was refused is closed, and only a call of its own tells why.
      if (source?.readyState === EventSource.CLOSED) void askWhy()
    })
  }
  // A control plane of another version may tell something else: then there are no live figures, and the rest of the page goes on.
  const understand = (read: () => void) => {
    try {
      read()
    } catch (error) {
      console.warn(error)
      source?.close()
      live.change((now) => ({ ...now, state: 'absent' }))
    }
  }
  const askWhy = async () => {
    const status = await statusOf('/live')
    if (isOver) return
    if (status === 401) return reportSignedOut()
    if (status === undefined) reportAway()
    if (status === 404) live.change((now) => ({ ...now, state: 'absent' }))
    timer = setTimeout(open, status === 404 ? absentRetryMs : retryMs)
  }

  open()
  const stopKnowing = connection.subscribe(() => {
    if (connection.value.state !== 'there' || source?.readyState === EventSource.OPEN) return
    clearTimeout(timer)
    source?.close()
    open()
  })
  return () => {
    isOver = true
    stopKnowing()
    clearTimeout(timer)
    source?.close()
  }
}

function begin(history: unknown): void {
  const { points } = readHistory(history, 'history')
  live.change((now) => ({ ...now, state: 'live', points: keepPoints([], points) }))
}

let lastCalls: readonly (readonly Call[])[] = []

function take(snapshot: Snapshot): void {
  lastCalls = [...lastCalls, snapshot.calls].slice(-secondsAveraged)
  live.change((now) => ({
    state: 'live',
    points: keepPoints(now.points, [{ atMs: snapshot.atMs, total: snapshot.total }]),
    snapshot,
    calls: averageCalls(lastCalls),
    rates: recallTenants(now.rates, snapshot.tenants),
  }))
}

async function statusOf(path: string): Promise<number | undefined> {
  const given = new AbortController()
  try {
    const { status } = await fetch(path, { signal: given.signal })
    given.abort()
    return status
  } catch {
    return undefined
  }
}
