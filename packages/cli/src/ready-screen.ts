import type { System, SystemAddresses } from '@tenantry/platform'
import { placementTable } from './placement-table.ts'
import { bold, cyan, dim, green } from './styles.ts'
import { table } from './table.ts'

/** What is printed once everything runs: who runs where, the addresses, and calls to paste. */
export async function readyScreen(
  system: System,
  options: { took: string; home: string | undefined },
): Promise<string> {
  const { gateway, console, controlPlane, issuer } = system.addresses
  const tenants = await system.controlPlane.tenants()
  if (!gateway || !issuer) throw new Error('a system without a gateway has another screen')
  const addresses = [
    ['gateway', cyan(gateway), 'the shop, for whoever has an access token'],
    ...(console ? [['console', cyan(console.url), describeSignIn(console)]] : []),
    ['control plane', cyan(controlPlane), `for operators; metrics at ${controlPlane}/metrics`],
    ['identity provider', cyan(issuer), 'the demo’s own; sign in without a password'],
  ]
  return [
    '',
    `${green('Ready')} in ${options.took}. ${tenants.length} tenants, ${system.pids.size} processes.`,
    '',
    placementTable(tenants, '  '),
    '',
    table(addresses, '  '),
    '',
    bold('In another terminal, from this folder:'),
    '',
    ...callsToPaste(gateway, options.home).map((line) => `  ${line}`),
    '',
    dim('Change tenant-a for any tenant above: each sees its own products, orders and invoices.'),
    dim(
      'npx tenantry tenant --help shows what operators can do. Ctrl-C stops everything and keeps the data.',
    ),
    '',
  ].join('\n')
}

function describeSignIn({ demoOperator }: NonNullable<SystemAddresses['console']>): string {
  const how = demoOperator ? `as \`${demoOperator}\`, without a password` : 'at your own identity provider'
  return `for operators, in a browser; sign in ${how}`
}

/** Calls that work as they stand: a product, an order for it, and the order's invoice. */
export function callsToPaste(gateway: string, home: string | undefined): string[] {
  const tenantry = home === undefined ? 'npx tenantry' : `TENANTRY_HOME='${home}' npx tenantry`
  const call = `curl -s ${gateway}`
  return [
    `TOKEN=$(${tenantry} token tenant-a --role seller)`,
    `AUTH="authorization: Bearer $TOKEN"; JSON='content-type: application/json'`,
    `PRODUCT=$(${call}/products -H "$AUTH" -H "$JSON" -d '{"name":"Lamp","price":"12.50"}' | sed -E 's/.*"product_id":"([^"]*)".*/\\1/')`,
    `${call}/orders -H "$AUTH" -H "$JSON" -d '{"name":"First order","products":["'$PRODUCT'"]}'; echo`,
    `sleep 1; ${call}/invoices -H "$AUTH"; echo`,
  ]
}
