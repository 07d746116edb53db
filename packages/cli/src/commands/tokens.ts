import { loadConfig, StateFolder, TenantryError } from '@tenantry/platform'
import { Command } from 'commander'
import { readPort } from '../read-port.ts'
import { runSystem } from '../run-system.ts'
import { bold, cyan, dim, green } from '../styles.ts'
import { table } from '../table.ts'

interface TokensOptions {
  config: string
  home?: string
  controlPort: string
}

/** `tenantry tokens`: the token service without our gateway, for services that a team starts and reaches by its own means. */
export function tokensCommand(): Command {
  return new Command('tokens')
    .description('run the token service alone, for a load balancer and services of your own')
    .option('--config <file>', 'the configuration', 'tenantry.config.ts')
    .option('--home <folder>', 'where the state is kept (TENANTRY_HOME, or .tenantry)')
    .option('--control-port <port>', 'TENANTRY_CONTROL_PORT', process.env.TENANTRY_CONTROL_PORT ?? '8090')
    .action(runTokens)
}

async function runTokens(options: TokensOptions): Promise<void> {
  const { config, folder } = await loadConfig(options.config)
  const accepting = Object.keys(config.services).filter((name) => config.services[name]?.acceptsAccessTokens)
  if (accepting.length === 0) {
    throw new TenantryError('ACCESS_TOKENS_UNUSED', 'no service accepts access tokens', {
      help: 'declare `acceptsAccessTokens: true` of a service in tenantry.config.ts, or run `tenantry start`',
    })
  }
  const state = new StateFolder(options.home)
  const control = readPort(options.controlPort)
  console.log(dim(`Starting the token service from ${options.config} …`))
  await runSystem(
    // No other port is opened.
    { config, configFolder: folder, state, ports: { control, gateway: 0, identity: 0 }, parts: 'tokens' },
    ({ addresses }, took) => tokensScreen({ took, state, accepting, controlPlane: addresses.controlPlane }),
  )
}

/** What is printed once the token service answers: where it is, and how a service is started beside it. */
export function tokensScreen(options: {
  took: string
  state: StateFolder
  accepting: readonly string[]
  controlPlane: string
}): string {
  const { took, state, accepting, controlPlane } = options
  const places = [
    ['token service', cyan(state.socket('tokens')), 'a Unix socket, for services of this machine'],
    ['control plane', cyan(controlPlane), `for operators; metrics at ${controlPlane}/metrics`],
    ['documents', cyan(state.document('<deployment>')), 'what each deployment is started with'],
  ]
  return [
    '',
    `${green('Ready')} in ${took}. Access tokens are accepted by ${accepting.join(', ')}.`,
    '',
    table(places, '  '),
    '',
    bold('Start each service where it has to run, with its own document:'),
    '',
    `  TENANTRY_RUNTIME_FILE=${state.document(`${accepting[0]}.pool`)} node <your service>`,
    '',
    dim('npx tenantry tenant onboard adds a tenant. Ctrl-C stops everything and keeps the data.'),
    '',
  ].join('\n')
}
