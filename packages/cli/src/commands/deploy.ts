import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Component,
  describeCluster,
  kubernetesManifests,
  loadConfig,
  type Routing,
  readSilo,
} from '@tenantry/platform'
import { Command, InvalidArgumentError, Option } from 'commander'
import { manifestDocuments } from '../manifest-documents.ts'
import { yellow } from '../styles.ts'

interface KubernetesOptions {
  config: string
  out?: string
  silo: string[]
  routing?: Routing
  platformImage?: string
  image: Readonly<Record<string, string>>
}

/** `tenantry deploy …`: what runs the system elsewhere than on this machine. It writes, and applies nothing. */
export function deployCommand(): Command {
  const command = new Command('deploy').description(
    'write what runs the system in a cluster; nothing is applied',
  )
  command
    .command('kubernetes')
    .description('the manifests that follow from tenantry.config.ts, to standard output or a folder')
    .option('--config <file>', 'the configuration', 'tenantry.config.ts')
    .option('--out <folder>', 'one file for each component, in place of standard output')
    .option(
      '--silo <silo[=tier]>',
      'also the deployments of this silo, as `tenantry tenant show` names it (repeatable)',
      (silo: string, before: string[]) => [...before, silo],
      [],
    )
    .addOption(
      new Option(
        '--routing <kind>',
        'routes that match deployments by one header (default: our gateway alone routes)',
      ).choices(['gateway-api', 'istio']),
    )
    .option('--platform-image <image>', 'the image of gateway, relay and control plane')
    .option('--image <service=image>', 'the image of a service (repeatable)', readImage, {})
    .action(deployToKubernetes)
  return command
}

async function deployToKubernetes(options: KubernetesOptions): Promise<void> {
  const { config } = await loadConfig(options.config)
  const { routing, platformImage, image: images } = options
  const silos = options.silo.map((text) => readSilo(text, config))
  const components = kubernetesManifests(describeCluster(config, { silos, routing, platformImage, images }))
  if (options.out === undefined) {
    process.stdout.write(manifestDocuments(components.flatMap(({ manifests }) => manifests)))
  } else {
    writeFiles(components, options.out)
  }
}

function writeFiles(components: readonly Component[], folder: string): void {
  mkdirSync(folder, { recursive: true })
  const files = new Map(
    components.map(({ name, manifests }) => [`${name}.yaml`, manifestDocuments(manifests)]),
  )
  for (const [name, text] of files) {
    writeFileSync(join(folder, name), text)
    console.log(join(folder, name))
  }
  // Of a service that is no more, for instance: applied with the others, it would come back.
  const others = readdirSync(folder).filter((name) => name.endsWith('.yaml') && !files.has(name))
  for (const name of others)
    console.error(yellow(`${join(folder, name)} was there before, and is left as it is`))
}

/** Reads `<service>=<image>`; a service has one image. */
export function readImage(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, service, image] = /^([^=\s]+)=(\S+)$/.exec(text) ?? []
  if (service === undefined || image === undefined) throw new InvalidArgumentError('give <service>=<image>')
  if (Object.hasOwn(before, service)) throw new InvalidArgumentError('a service has one image')
  return { ...before, [service]: image }
}
