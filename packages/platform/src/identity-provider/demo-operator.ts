import { type OperatorsConfig, operatorsOf } from '@tenantry/routing'
import type { DemoConfig } from './demo-issuer.ts'
import { writeClaim } from './write-claim.ts'

/** The demo's one operator: a user of no tenant. */
export const demoOperator = { login: 'operator', name: 'Demo operator' } as const

/** Who may sign in to the console at the demo's issuer; `undefined` where operators sign in elsewhere. */
export function demoOperators(config: DemoConfig, issuer: string): OperatorsConfig | undefined {
  const operators = operatorsOf(config)
  return operators?.issuer === issuer ? operators : undefined
}

/** What the ID token says of the operator: a name, and what the configuration wants of operators. */
export function operatorClaims({ requires }: OperatorsConfig): Record<string, unknown> & { sub: string } {
  const required = Object.entries(requires).map(([claim, value]) => writeClaim(claim, value))
  return { ...Object.assign({}, ...required), sub: demoOperator.login, name: demoOperator.name }
}
