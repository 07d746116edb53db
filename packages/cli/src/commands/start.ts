import { demoIssuer, loadConfig, StateFolder, System, TenantryError } from '@tenantry/platform'
import { Command } from 'commander'
import { printError } from '../print-error.ts'
import { readyScreen } from '../ready-screen.ts'
import { dim, green } from '../styles.ts'

interface StartOptions {
  config: string
  home?: string
  gatewayPort: string
  controlPort: string
  identityPort?: string
}

/** `tenantry start`: the whole system on this machine, until Ctrl-C. */
export function startCommand(): Command {
  const env = process.env
  return new Command('start')
    .description('start the whole system on this machine')
    .option('--config <file>', 'the configuration', 'tenantry.config.ts')
    .option('--home <folder>', 'where the state is kept (TENANTRY_HOME, or .tenantry)')
    .option('--gateway-port <port>', 'TENANTRY_GATEWAY_PORT', env.TENANTRY_GATEWAY_PORT ?? '8080')
    .option('--control-port <port>', 'TENANTRY_CONTROL_PORT', env.TENANTRY_CONTROL_PORT ?? '8090')
    .option('--identity-port <port>', 'TENANTRY_IDENTITY_PORT', env.TENANTRY_IDENTITY_PORT)
    .action(start)
}

async function start(options: StartOptions): Promise<void> {
  const startedAtMs = performance.timeOrigin
  const { config, folder } = await loadConfig(options.config)
  const demo = demoIssuer(config)
  const issuer = new URL(demo.issuer)
  if (options.identityPort) issuer.port = String(readPort(options.identityPort))
  demo.issuer = issuer.href.replace(/\/$/, '')

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

  const seconds = () => `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`.padStart(7)
  console.log(dim(`Starting Tenantry from ${options.config} …`))
  try {
    system = await System.start({
      config,
      configFolder: folder,
      state: new StateFolder(options.home),
      ports: {
        gateway: readPort(options.gatewayPort),
        control: readPort(options.controlPort),
        identity: Number(issuer.port),
      },
      onProgress: (part) => console.log(`${green('✓')} ${dim(seconds())}  ${part}`),
      signal: stopping.signal,
    })
    console.log(await readyScreen(system, { took: seconds().trim(), home: options.home }))
  } catch (error) {
    await stopped
    if (!stopping.signal.aborted) printError(error)
    process.exit(stopping.signal.aborted ? 0 : 1)
  }
}

function readPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new TenantryError('PORT_INVALID', `\`${text}\` is not a port`, {
    help: 'give a number from 1 to 65535',
  })
}
