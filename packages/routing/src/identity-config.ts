import { isTenantId } from '@tenantry/context'
import { z } from 'zod'

const claimName = z.union([z.string().min(1).max(200), z.array(z.string().min(1)).min(1)])

const tenantId = z.string().refine(isTenantId, 'use a tenant id')
const tenantOrPrefix = z
  .string()
  .refine(
    (text) => isTenantId(text) || /^([a-z0-9][a-z0-9-]*)?\*$/.test(text),
    'use a tenant id, or `prefix-*`',
  )

/** An OpenID Connect issuer, as its tokens' `iss` has it. */
export const issuerUrl = z
  .url()
  .max(200)
  .refine((text) => !/[?#]/.test(text), 'an issuer has no query and no fragment')

const issuerSchema = z.strictObject({
  /** The OIDC issuer whose access tokens the token service and the gateway accept, exactly as its tokens' `iss` has it. */
  issuer: issuerUrl,
  /** What an access token has to be for: one of these. */
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  /** The claim that says what a token is for; Cognito's access tokens have `client_id` in place of `aud`. */
  audienceClaim: z.enum(['aud', 'client_id', 'azp']).default('aud'),
  /**
   * Which claims name the tenant and the user's role. Dots lead into objects (`realm_access.roles`), a name with `://`
   * is one claim, and a list of names is a path whatever is in them.
   */
  claims: z.strictObject({
    tenant: claimName,
    role: claimName,
    /** Where the role's claim holds several: the user's role is the first of these that is among them, or none. */
    roles: z.array(z.string().min(1)).optional(),
  }),
  /** Which JOSE `typ` its access tokens have: `at+jwt` (RFC 9068), or also `JWT`, or `none` for a header without it. */
  types: z
    .array(z.enum(['at+jwt', 'JWT', 'none']))
    .min(1)
    .default(['at+jwt']),
  /**
   * What tells its access tokens from its ID tokens, where `typ` does not: claims with the value that they must have,
   * or `true` for any. Each has to hold.
   */
  requires: z.record(z.string().min(1), z.union([z.string(), z.literal(true)])).default({}),
  /**
   * The tenants that this issuer may speak for: `*` for any, a list, or a map from its own values to our ids. In a map
   * `their-*` to `our-*` takes every value that begins so, and changes its beginning. One issuer alone may leave it out.
   */
  tenants: z
    .union([z.literal('*'), z.array(tenantId).min(1), z.record(z.string().min(1), tenantOrPrefix)])
    .optional(),
})

type IssuerInput = z.input<typeof issuerSchema>

/** One issuer, or a list of them, which is what becomes of either. */
export const identitySchema = z
  .custom<IssuerInput | readonly IssuerInput[]>()
  .transform((identity) => (Array.isArray(identity) ? identity : [identity]))
  .pipe(z.array(issuerSchema).min(1))

/** One issuer whose access tokens are accepted, and what it may say. */
export type IssuerConfig = z.output<typeof issuerSchema>

/** The path of a declared claim: the names from the payload down to the value. */
export function claimPath(claim: string | readonly string[]): readonly string[] {
  if (typeof claim !== 'string') return claim
  return claim.includes('://') ? [claim] : claim.split('.')
}

// What OpenID Connect puts into ID tokens: to require one of these tells nothing.
const inIdTokens = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'azp',
  'ver',
])

/** What is wrong with the issuers together, by path. Outside development they are https and elsewhere. */
export function findIdentityFaults(identity: readonly IssuerConfig[], mode: string): string[] {
  return identity.flatMap((one, at) => {
    const path = identity.length === 1 ? 'identity' : `identity.${at}`
    const faults: string[] = []
    if (mode !== 'development' && isPlainOrLoopback(one.issuer)) {
      faults.push(`\`${path}.issuer\`: outside development it must be https and not loopback`)
    }
    if (identity.findIndex(({ issuer }) => issuer === one.issuer) !== at) {
      faults.push(`\`${path}.issuer\`: it is declared twice`)
    }
    if (identity.length > 1 && one.tenants === undefined) {
      faults.push(`\`${path}.tenants\`: of several issuers, each says which tenants it may speak for`)
    }
    const telling = Object.keys(one.requires).some((claim) => !inIdTokens.has(claim))
    if (one.types.some((type) => type !== 'at+jwt') && !telling) {
      faults.push(
        `\`${path}.requires\`: say which claim tells an access token from an ID token, such as \`token_use\``,
      )
    }
    return [...faults, ...findMapFaults(one.tenants, path)]
  })
}

/** True for an issuer that is this machine's own, or that anyone on the way could stand in for. */
export function isPlainOrLoopback(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer)
  const loopback =
    hostname === 'localhost' || hostname.endsWith('.localhost') || /^(127\.|\[::1\])/.test(hostname)
  return protocol !== 'https:' || loopback
}

function findMapFaults(tenants: IssuerConfig['tenants'], path: string): string[] {
  if (typeof tenants !== 'object' || Array.isArray(tenants)) return []
  return Object.entries(tenants)
    .filter(([theirs, ours]) => theirs.endsWith('*') !== ours.endsWith('*'))
    .map(([theirs]) => `\`${path}.tenants.${theirs}\`: a \`*\` ends both sides or neither`)
}
