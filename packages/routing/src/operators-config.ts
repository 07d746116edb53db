import { z } from 'zod'
import { environmentVariable } from './environment-variable.ts'
import { type IssuerConfig, isPlainOrLoopback, issuerUrl } from './identity-config.ts'

/** Who is an operator, where operators sign in, and where they find the console. */
export const operatorsSchema = z.strictObject({
  /** The OIDC issuer that operators sign in at. */
  issuer: issuerUrl,
  /** The console's client there. It is the audience of operators' ID tokens, and no service's. */
  clientId: z.string().min(1).max(200).default('tenantry-console'),
  /** The environment variable with the client's secret; a client without one is public, and PKCE alone proves it. */
  clientSecretFrom: environmentVariable.optional(),
  /** What is asked for at sign-in: `openid`, and what brings the claims of `requires`. */
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).default(['openid', 'profile']),
  /**
   * The claims that make whoever signs in an operator: each has this value, or is a list with it. Needed where the issuer signs
   * in tenants' users too.
   */
  requires: z.record(z.string().min(1), z.string().min(1)).default({}),
  /** Where operators reach the console, as their browsers name it: `https`, or this machine. `http://localhost` and the control plane's port, if left out. */
  url: z
    .url({ protocol: /^https?$/ })
    .refine(
      (text) => URL.parse(text)?.origin === text,
      'name an origin such as `https://console.example.com`',
    )
    .refine((text) => !isPlainAndAway(text), 'it must be https, or `http://localhost`')
    .optional(),
})

/** Who signs in to the console, and how. */
export type OperatorsConfig = z.output<typeof operatorsSchema>

/** The parts of a configuration that say who is an operator. */
interface Declared {
  readonly mode: string
  readonly identity: readonly IssuerConfig[]
  readonly operators?: OperatorsConfig | undefined
}

/**
 * Who may sign in to the console: as it is declared; in development, else, the operator of the demo identity provider. `undefined`
 * where nobody may, and the admin token alone is taken.
 */
export function operatorsOf({ mode, identity, operators }: Declared): OperatorsConfig | undefined {
  if (operators || mode !== 'development') return operators
  const demo = identity.find(({ issuer }) => isPlainOrLoopback(issuer))
  return demo && operatorsSchema.parse({ issuer: demo.issuer, requires: { groups: 'tenantry-operators' } })
}

/** The console's origin, where the control plane listens on this port. */
export function consoleUrlAt({ operators }: Pick<Declared, 'operators'>, controlPort: number): string {
  return operators?.url ?? `http://localhost:${controlPort}`
}

/** What is wrong with who may sign in, by path. */
export function findOperatorFaults({ mode, identity, operators }: Declared): string[] {
  if (!operators) return []
  const faults: string[] = []
  const shared = identity.find(({ issuer }) => issuer === operators.issuer)
  if (mode !== 'development' && isPlainOrLoopback(operators.issuer))
    faults.push('`operators.issuer`: outside development it must be https and not loopback')
  if (!operators.scopes.includes('openid'))
    faults.push('`operators.scopes`: without `openid` nobody is told who signed in')
  if (shared && [shared.audience].flat().includes(operators.clientId))
    faults.push(
      '`operators.clientId`: it is an audience of tenants’ tokens; give the console a client of its own',
    )
  if (shared && Object.keys(operators.requires).length === 0) {
    faults.push(
      '`operators.requires`: this issuer signs in tenants’ users too; say which claim an operator has, such as `{ groups: "operators" }`',
    )
  }
  return faults
}

function isPlainAndAway(text: string): boolean {
  const { protocol, hostname } = URL.parse(text) ?? {}
  return protocol === 'http:' && hostname !== 'localhost' && hostname !== '127.0.0.1'
}
