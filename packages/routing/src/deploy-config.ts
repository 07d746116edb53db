import { z } from 'zod'

const image = z.string().regex(/^\S+$/, 'use a reference of an image such as `registry.example/order:1.4`')
const namespace = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'use a namespace of Kubernetes')
const quantity = z.string().regex(/^[1-9]\d*(m|Ki|Mi|Gi)?$/, 'use a quantity such as `250m` or `512Mi`')

function copies(most: number, least: number) {
  return z
    .strictObject({
      min: z.int().min(1).max(1_000).default(least),
      max: z.int().min(1).max(1_000).default(most),
    })
    .refine(({ min, max }) => min <= max, '`min` is more than `max`')
    .prefault({})
}

/** What the manifests of a cluster are written from, beside services and placements; nothing of it is secret. */
export const deploySchema = z.strictObject({
  kubernetes: z
    .strictObject({
      /** The image that the platform's own processes run from: it has the `tenantry` command, this file and the migrations. */
      platformImage: image.optional(),
      /** The image of each service, with `*` for the rest; `{service}` in it is the service's name. */
      images: z.record(z.string(), image).default({}),
      /** How many copies autoscaling keeps of a deployment. All copies of one share its connections. */
      copies: z.strictObject({ pool: copies(4, 2), silo: copies(2, 1), gateway: copies(4, 2) }).prefault({}),
      /** What each container is given: `gateway`, `relay`, `control-plane` or a service, with `*` for the rest. */
      resources: z.record(z.string(), z.strictObject({ cpu: quantity, memory: quantity })).default({}),
      /** Where databases are, in networks that network policies can name: the only ones that deployments reach. */
      databases: z
        .array(
          z.strictObject({
            cidr: z.union([z.cidrv4(), z.cidrv6()]),
            port: z.int().min(1).max(65_535).default(5432),
          }),
        )
        .default([]),
      /** The ingress in front: where its pods run, the `Gateway` that routes are attached to, and the hosts that it serves. */
      ingress: z
        .strictObject({
          namespace,
          gateway: namespace,
          hosts: z.array(z.hostname()).min(1),
          /** The labels of its pods, by which Istio's policies select them. */
          pods: z.record(z.string(), z.string()).default({ istio: 'ingressgateway' }),
        })
        .optional(),
    })
    .optional(),
})

/** What `deploy.kubernetes` declares, with its defaults. */
export type KubernetesDeployConfig = NonNullable<z.output<typeof deploySchema>['kubernetes']>

interface DeployFaultContext {
  readonly services: readonly string[]
  readonly connectionsPerDeployment: Readonly<Record<'pool' | 'silo', number>>
}

/** What is wrong with it, by path. */
export function findDeployFaults(
  { kubernetes }: z.output<typeof deploySchema>,
  { services, connectionsPerDeployment }: DeployFaultContext,
): string[] {
  if (!kubernetes) return []
  const platform = ['gateway', 'relay', 'control-plane']
  const unknown = (field: 'images' | 'resources', known: readonly string[]) =>
    Object.keys(kubernetes[field])
      .filter((name) => name !== '*' && !known.includes(name))
      .map((name) => `\`deploy.kubernetes.${field}\`: there is no service \`${name}\``)
  // While a deployment is rolled out there is one copy more.
  const starved = (['pool', 'silo'] as const)
    .filter((kind) => connectionsPerDeployment[kind] < kubernetes.copies[kind].max + 1)
    .map(
      (kind) =>
        `\`deploy.kubernetes.copies.${kind}.max\`: ${kubernetes.copies[kind].max} copies and the one of a roll-out share ${connectionsPerDeployment[kind]} connections; raise \`database.connectionsPerDeployment.${kind}\``,
    )
  return [...unknown('images', services), ...unknown('resources', [...platform, ...services]), ...starved]
}
