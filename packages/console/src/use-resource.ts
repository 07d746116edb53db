import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from './api/api-error.ts'
import { connection } from './api/connection.ts'
import { useStore } from './store.ts'

/** What was asked of the control plane: what came last is shown while it is asked again. */
export interface Resource<T> {
  readonly data: T | undefined
  readonly error: ApiError | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

// A page that is come back to shows at once what it showed before, while it asks anew.
const lastSeen = new Map<string, unknown>()
const seenMax = 100

function keepSeen(key: string, data: unknown): void {
  lastSeen.delete(key)
  lastSeen.set(key, data)
  const [oldest] = lastSeen.keys()
  if (lastSeen.size > seenMax && oldest !== undefined) lastSeen.delete(oldest)
}

/**
 * Asks for what `key` names, again every `everyMs`, and whenever the control plane comes back. With a key of null nothing is asked.
 * A hidden page does not ask.
 */
export function useResource<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs }: { everyMs?: number } = {},
): Resource<T> {
  const { epoch } = useStore(connection)
  const [turn, setTurn] = useState(0)
  const [settled, setSettled] = useState<{ key: string; data?: T; error?: ApiError } | null>(null)
  const [isLoading, setLoading] = useState(true)
  const loader = useRef(load)
  loader.current = load

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` and `epoch` are what asks again
  useEffect(() => {
    if (key === null) return
    const given = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const askOnce = async () => {
      if (document.hidden && lastSeen.has(key)) return askLater()
      setLoading(true)
      try {
        const data = await loader.current(given.signal)
        if (given.signal.aborted) return
        keepSeen(key, data)
        setSettled({ key, data })
      } catch (error) {
        if (given.signal.aborted) return
        setSettled({ key, error: ApiError.from(error) })
        if (ApiError.from(error).isAbsent) return setLoading(false)
      }
      setLoading(false)
      askLater()
    }
    const askLater = () => {
      if (everyMs !== undefined) timer = setTimeout(askOnce, everyMs)
    }
    void askOnce()
    return () => {
      clearTimeout(timer)
      given.abort()
    }
  }, [key, everyMs, turn, epoch])

  const reload = useCallback(() => setTurn((now) => now + 1), [])
  const own = settled?.key === key ? settled : null
  const seen = key === null ? undefined : (lastSeen.get(key) as T | undefined)
  return { data: own?.data ?? seen, error: own?.error, isLoading, reload }
}
