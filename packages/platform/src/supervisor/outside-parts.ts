import type { TenantryConfig } from '@tenantry/routing'
import { type AdoptedUrlsByService, readAdoptedUrls } from '../control-plane/adoption/adopted-databases.ts'
import { readConsoleSecret } from '../control-plane/console/read-console-secret.ts'
import { readRedisUrl } from '../gateway/limits/redis-url.ts'
import { certificateFilesIn, readCertificate } from '../gateway/tls/certificate.ts'
import { type NatsAccesses, readNatsAccesses } from '../relay/nats/nats-access.ts'

/** What a configuration names and does not hold: it is in the environment of whoever started us, or in files beside it. */
export interface OutsideParts {
  /** The databases that services brought along: for the control plane alone. */
  readonly adopted: AdoptedUrlsByService
  /** How NATS is reached, where events are kept there. */
  readonly nats: NatsAccesses | undefined
  /** The Redis in which several gateways count together: for gateways alone. */
  readonly redisUrl: string | undefined
  /** The secret of the console's client at the operators' issuer: for the control plane alone. */
  readonly consoleSecret: string | undefined
}

/** Reads what a configuration names, and throws the error of each that is missing or cannot be used. With `gateways`, what they need as well. */
export function readOutsideParts(
  config: TenantryConfig,
  { configFolder, gateways }: { configFolder: string; gateways: boolean },
): OutsideParts {
  const adopted = readAdoptedUrls(config, process.env)
  const nats = readNatsAccesses(config, process.env)
  const { tls } = config.gateway
  if (gateways && tls) readCertificate(certificateFilesIn(configFolder, tls))
  const redisUrl = gateways ? readRedisUrl(config, process.env) : undefined
  return { adopted, nats, redisUrl, consoleSecret: readConsoleSecret(config, process.env) }
}
