import { TenantryError } from '@tenantry/context'
import type { Cluster } from './cluster.ts'

/** The image of a service, or of the platform's own processes. Throws `IMAGE_MISSING`. */
export function imageOf(service: string | undefined, { deploy }: Cluster): string {
  const image = service === undefined ? deploy.platformImage : (deploy.images[service] ?? deploy.images['*'])
  if (image) return image.replaceAll('{service}', service ?? '')
  const path = service === undefined ? 'platformImage' : `images.${service}`
  throw new TenantryError(
    'IMAGE_MISSING',
    `no image is named for ${service ? `\`${service}\`` : 'the platform'}`,
    {
      help: `name it in \`deploy.kubernetes.${path}\`, or by \`${service ? `--image ${service}=…` : '--platform-image …'}\``,
    },
  )
}
