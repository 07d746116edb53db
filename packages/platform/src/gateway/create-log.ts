import { type Logger, pino } from 'pino'

/**
 * The log of a process that writes a line for each request, on standard output. Lines are written together, every 100 ms, at
 * 8 KiB and when the process exits, errors that end it included; a process that is killed takes those of its last 100 ms along.
 */
export function createLog(): Logger {
  const output = pino.destination({ sync: true, minLength: 8 * 1024, periodicFlush: 100 })
  process.on('exit', () => output.flushSync())
  return pino(output)
}
