import { TenantryError } from '@tenantry/context'
import type { FastifyRequest } from 'fastify'

const reading = new Set(['GET', 'HEAD'])

/**
 * Refuses what another site's page had a browser send with the session's cookie: `REQUEST_CROSS_SITE` (403). What is not read alone needs a
 * header that no form and no foreign script can set; what the browser says of where it comes from (Fetch Metadata, `Origin`) has to agree.
 */
export function refuseCrossSite({ method, headers }: FastifyRequest, url: string): void {
  const site = headers['sec-fetch-site']
  const isOwn = site === undefined || site === 'same-origin'
  if (reading.has(method)) {
    // `none` is a person who types an address, or opens a download once more.
    if (isOwn || site === 'none') return
  } else if (isOwn && headers['x-tenantry-console'] === '1' && (headers.origin ?? url) === url) return
  throw new TenantryError('REQUEST_CROSS_SITE', 'this request did not come from the console', {
    status: 403,
    help: 'send it from the console’s page with `x-tenantry-console: 1`, or with the admin token',
  })
}
