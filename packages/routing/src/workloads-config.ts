import { z } from 'zod'
import { isPlainOrLoopback } from './identity-config.ts'

const issuerUrl = z
  .url()
  .max(200)
  .refine((text) => !/[?#]/.test(text), 'an issuer has no query and no fragment')

/** How workloads prove themselves that the platform does not start itself. */
export const workloadsSchema = z.strictObject({
  /** By service-account tokens of a Kubernetes cluster, in place of a key that they are given. */
  kubernetes: z
    .strictObject({
      /** The issuer of the cluster's service-account tokens, exactly as their `iss` has it. */
      issuer: issuerUrl,
      /** Where its keys are read, when its discovery document cannot be or names an address that is out of reach. */
      jwksUri: z.url().max(200).optional(),
      /** The namespace of the service accounts; one of any other is nobody's. */
      namespace: z
        .string()
        .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'use a namespace of Kubernetes such as `shop`'),
      /** The folder in which each workload's container finds its tokens. */
      folder: z.string().startsWith('/').default('/var/run/secrets/tenantry'),
    })
    .optional(),
})

/** The cluster whose service accounts are workloads. */
export type KubernetesConfig = NonNullable<z.output<typeof workloadsSchema>['kubernetes']>

/**
 * The `sub` of the tokens of a workload's service account. The account has the workload's own id as its name, so that it can stand
 * for no other.
 */
export function serviceAccountOf(
  { namespace }: Pick<KubernetesConfig, 'namespace'>,
  workload: string,
): string {
  return `system:serviceaccount:${namespace}:${workload}`
}

/** What is wrong with it, by path. Outside development the issuer and its keys are https and elsewhere. */
export function findWorkloadFaults(
  { kubernetes }: z.output<typeof workloadsSchema>,
  { mode, services }: { mode: string; services: readonly string[] },
): string[] {
  if (!kubernetes) return []
  const refused = (url?: string) => url !== undefined && mode !== 'development' && isPlainOrLoopback(url)
  const plain = (['issuer', 'jwksUri'] as const)
    .filter((name) => refused(kubernetes[name]))
    .map((name) => `\`workloads.kubernetes.${name}\`: outside development it must be https and not loopback`)
  // RFC 1123: no part of a service account's name ends in a hyphen.
  const unnamed = services
    .filter((name) => name.endsWith('-'))
    .map(
      (name) => `\`services.${name}\`: a service account cannot have this name; end it in a letter or digit`,
    )
  return [...plain, ...unnamed]
}
