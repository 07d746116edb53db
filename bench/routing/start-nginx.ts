import { join } from 'node:path'
import { findFreePort } from '../../packages/platform/src/supervisor/free-port.ts'
import { ingressPort, startIngress } from '../../tools/start-ingress.ts'
import type { ServiceProcess } from '../service-process.ts'

/** Starts the machine's nginx with one worker that forwards everything to `upstream`, over connections that it keeps. */
export async function startNginx(upstream: string): Promise<ServiceProcess> {
  const { origin, stop } = await startIngress('nginx', join(import.meta.dirname, 'nginx.conf'), {
    [ingressPort]: `:${await findFreePort()}`,
    '127.0.0.1:9000': new URL(upstream).host,
  })
  return { origin, stop: () => void stop() }
}
