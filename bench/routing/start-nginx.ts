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

/** The same with the documented configuration, which asks `endpoint` about each request. */
export async function startNginxWithEndpoint(upstream: string, endpoint: string): Promise<ServiceProcess> {
  const documented = join(import.meta.dirname, '../../docs/operating/ingress/nginx.conf')
  const { origin, stop } = await startIngress('nginx', documented, {
    [ingressPort]: `:${await findFreePort()}`,
    '127.0.0.1:8070': new URL(endpoint).host,
    '127.0.0.1:8101': new URL(upstream).host,
    'order.pool order_pool': 'product.pool order_pool',
    // Connections are kept on every side for as long as it is measured.
    'access_log off;': 'access_log off; keepalive_requests 100000000;',
  })
  return { origin, stop: () => void stop() }
}
