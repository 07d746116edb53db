import { demoIssuer, ingressAtPort, loadConfig, StateFolder } from '@tenantry/platform'
import { Command } from 'commander'
import { moveDemoIssuer } from '../move-demo-issuer.ts'
import { readPort } from '../read-port.ts'
import { readyScreen } from '../ready-screen.ts'
import { runSystem } from '../run-system.ts'
import { dim } from '../styles.ts'

interface StartOptions {
  config: string
  home?: string
  gatewayPort: string
  controlPort: string
  ingressPort?: string
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
    .option(
      '--ingress-port <port>',
      'TENANTRY_INGRESS_PORT: where ingresses of others ask',
      env.TENANTRY_INGRESS_PORT,
    )
    .option('--identity-port <port>', 'TENANTRY_IDENTITY_PORT', env.TENANTRY_IDENTITY_PORT)
    .action(start)
}

async function start(options: StartOptions): Promise<void> {
  const { config, folder, path } = await loadConfig(options.config)
  moveDemoIssuer(config, options.identityPort)
  if (options.ingressPort) config.ingress = ingressAtPort(readPort(options.ingressPort), config.ingress)

  console.log(dim(`Starting Tenantry from ${options.config} …`))
  const ports = {
    gateway: readPort(options.gatewayPort),
    control: readPort(options.controlPort),
    identity: Number(new URL(demoIssuer(config).issuer).port),
  }
  await runSystem(
    { config, configFolder: folder, configFile: path, state: new StateFolder(options.home), ports },
    (system, took) => readyScreen(system, { took, home: options.home }),
  )
}
