import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '../config.ts'
import type { KubernetesDeployConfig } from '../deploy-config.ts'
import type { KubernetesConfig } from '../workloads-config.ts'
import type { Silo } from './silo.ts'

/** What routes requests by deployments: an ingress of the Gateway API, or Istio's. */
export type Routing = 'gateway-api' | 'istio'

/** What all manifests of one system are written from. */
export interface Cluster {
  readonly config: TenantryConfig
  /** Whose service accounts are workloads, in which namespace. */
  readonly workloads: KubernetesConfig
  readonly deploy: KubernetesDeployConfig
  /** The silos that deployments are written for, beside the pool's. */
  readonly silos: readonly Silo[]
  /** None where our gateway alone routes. */
  readonly routing: Routing | undefined
}

/** What is said of one run, beside the configuration. */
export interface ClusterOptions {
  readonly silos?: readonly Silo[] | undefined
  readonly routing?: Routing | undefined
  /** Images in place of those that the configuration names. */
  readonly platformImage?: string | undefined
  readonly images?: Readonly<Record<string, string>> | undefined
}

/**
 * Puts a cluster's description together. Throws `DEPLOY_UNCONFIGURED` without `workloads.kubernetes` or `deploy.kubernetes`,
 * `DEPLOY_DATABASES` when services have databases and no network is named for them, `DEPLOY_INGRESS` for routes that no
 * ingress is named for, and `IMAGE_UNKNOWN`.
 */
export function describeCluster(config: TenantryConfig, options: ClusterOptions = {}): Cluster {
  const { silos = [], routing, platformImage, images = {} } = options
  const workloads = config.workloads.kubernetes
  const deploy = config.deploy.kubernetes
  if (!workloads || !deploy) {
    const missing = workloads ? 'deploy.kubernetes' : 'workloads.kubernetes'
    throw new TenantryError('DEPLOY_UNCONFIGURED', `\`${missing}\` is not configured`, {
      help: `declare \`${missing}\` in tenantry.config.ts; see docs/operating/kubernetes.md`,
    })
  }
  const stored = Object.entries(config.services).find(([, { migrations, adopts }]) => migrations ?? adopts)
  if (stored && deploy.databases.length === 0) {
    throw new TenantryError(
      'DEPLOY_DATABASES',
      `\`${stored[0]}\` has a database, and no network is named for it`,
      {
        help: 'name it in `deploy.kubernetes.databases`, such as `[{ cidr: "10.0.8.0/24", port: 5432 }]`',
      },
    )
  }
  if (routing && !deploy.ingress) {
    throw new TenantryError(
      'DEPLOY_INGRESS',
      `\`${routing}\` routes are attached to an ingress, and none is named`,
      {
        help: 'declare `deploy.kubernetes.ingress` with its `namespace`, `gateway` and `hosts`',
      },
    )
  }
  const unknown = Object.keys(images).find((service) => !Object.hasOwn(config.services, service))
  if (unknown !== undefined) {
    throw new TenantryError(
      'IMAGE_UNKNOWN',
      `an image is named for \`${unknown}\`, and there is no such service`,
      {
        help: `name one of: ${Object.keys(config.services).join(', ')}`,
      },
    )
  }
  return {
    config,
    workloads,
    deploy: {
      ...deploy,
      images: { ...deploy.images, ...images },
      ...(platformImage !== undefined && { platformImage }),
    },
    silos,
    routing,
  }
}
