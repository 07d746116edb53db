import { useState } from 'react'
import { ApiError } from '../api/api-error.ts'

/** Something that is done once at a time, whether it is under way, and why it was refused. */
export function useAction<A extends readonly unknown[]>(
  act: (...args: A) => Promise<unknown>,
  onDone: () => void = () => {},
): { run: (...args: A) => void; isRunning: boolean; error: ApiError | undefined } {
  const [isRunning, setRunning] = useState(false)
  const [error, setError] = useState<ApiError>()
  const run = (...args: A) => {
    if (isRunning) return
    setRunning(true)
    setError(undefined)
    act(...args)
      .then(onDone, (reason) => setError(ApiError.from(reason)))
      .finally(() => setRunning(false))
  }
  return { run, isRunning, error }
}
