import { System, type SystemOptions } from '@tenantry/platform'
import { printError } from './print-error.ts'
import { dim, green } from './styles.ts'

/**
 * Runs a system until Ctrl-C or SIGTERM, and then ends this process: with 1 when it does not start. `screen` is what is
 * printed once it is ready; `took` is since this process began.
 */
export async function runSystem(
  options: Omit<SystemOptions, 'onProgress' | 'signal'>,
  screen: (system: System, took: string) => string | Promise<string>,
): Promise<void> {
  const stopping = new AbortController()
  let system: System | undefined
  let stopped: Promise<void> | undefined
  const stop = () => {
    if (stopped) return
    console.log(dim('\nstopping …'))
    stopping.abort()
    // One that is still being started stops itself, and `System.start` rejects when it has.
    stopped = system?.stop() ?? Promise.resolve()
    void stopped.then(() => system && process.exit(0))
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)

  const seconds = () => `${((Date.now() - performance.timeOrigin) / 1000).toFixed(1)} s`
  try {
    system = await System.start({
      ...options,
      onProgress: (part) => console.log(`${green('✓')} ${dim(seconds().padStart(7))}  ${part}`),
      signal: stopping.signal,
    })
    console.log(await screen(system, seconds()))
  } catch (error) {
    await stopped
    if (!stopping.signal.aborted) printError(error)
    process.exit(stopping.signal.aborted ? 0 : 1)
  }
}
