import { isTenantId } from '@tenantry/context'
import { z } from 'zod'
import { addressRange } from './address-ranges.ts'
import { readHost } from './read-host.ts'

const placeholder = '<tenant>'
const host = z
  .string()
  .refine(
    (text) => readHost(text) === text,
    'use a host in lower case, without port; `xn--…` for other letters',
  )

const hostResolver = z.strictObject({
  by: z.literal('host'),
  /** The names of all tenants: `<tenant>.shop.example`. */
  pattern: z
    .string()
    .refine(
      (text) =>
        text.startsWith(`${placeholder}.`) &&
        readHost(text.slice(placeholder.length + 1)) === text.slice(placeholder.length + 1),
      'use a name such as `<tenant>.shop.example`',
    )
    .optional(),
  /** Domains of single tenants, each with its tenant's id. */
  domains: z.record(host, z.string().refine(isTenantId, 'use a tenant id')).default({}),
  /** Names under the pattern that are nobody's, such as `api.shop.example`: there the token alone decides. */
  shared: z.array(host).default([]),
})

const pathResolver = z.strictObject({
  by: z.literal('path'),
  /** What stands before the tenant's id: with `/t`, `/t/tenant-a/orders` is `/orders` of tenant-a. */
  prefix: z.string().regex(/^\/[a-z0-9-]+$/, 'use one lowercase path segment such as `/t`'),
})

const headerResolver = z.strictObject({
  by: z.literal('header'),
  /** In lower case; one of those that no service is ever sent. */
  name: z.string().regex(/^x-tenant(-[a-z0-9]+)*$/, 'use a name such as `x-tenant` or `x-tenant-id`'),
  /** The addresses of the proxies that set it, which overwrite what a client sends. */
  trustedProxies: z.array(addressRange).min(1),
})

/** How a request's address tells whose it is, beside the token that decides it. */
export const resolversSchema = z
  .array(z.discriminatedUnion('by', [hostResolver, pathResolver, headerResolver]))
  .default([])

/** One declared resolver. */
export type ResolverConfig = z.output<typeof resolversSchema>[number]

/** The resolver by host. */
export type HostResolverConfig = Extract<ResolverConfig, { by: 'host' }>

/** The resolver by path. */
export type PathResolverConfig = Extract<ResolverConfig, { by: 'path' }>

/** The resolver by header. */
export type HeaderResolverConfig = Extract<ResolverConfig, { by: 'header' }>

/** What comes behind the tenant's id in a pattern: `.shop.example`. */
export function patternEnd(pattern: string): string {
  return pattern.slice(placeholder.length)
}

/** What is wrong with the resolvers together and with the services' routes, by path. */
export function findResolverFaults(
  resolvers: readonly ResolverConfig[],
  services: Readonly<Record<string, { readonly routes: readonly string[] }>>,
): string[] {
  return resolvers.flatMap((resolver, at) => {
    if (resolver.by === 'host') return findHostFaults(resolver, `resolvers.${at}`)
    if (resolver.by === 'header') return []
    const [taken] = Object.entries(services).find(([, { routes }]) => routes.includes(resolver.prefix)) ?? []
    return taken ? [`\`resolvers.${at}.prefix\`: \`${resolver.prefix}\` already goes to \`${taken}\``] : []
  })
}

function findHostFaults({ pattern, domains, shared }: HostResolverConfig, path: string): string[] {
  const isUnder = (name: string) => pattern !== undefined && name.endsWith(patternEnd(pattern))
  const names = Object.keys(domains)
  return [
    ...(pattern || names.length > 0 ? [] : [`\`${path}\`: give it a \`pattern\` or \`domains\``]),
    ...names
      .filter(isUnder)
      .map((name) => `\`${path}.domains.${name}\`: the \`pattern\` says already whose it is`),
    ...shared
      .filter((name) => !isUnder(name))
      .map((name) => `\`${path}.shared\`: \`${name}\` is not under the \`pattern\``),
  ]
}
