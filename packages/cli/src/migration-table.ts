import type { PlacementMigrations } from '@tenantry/platform'
import { bold, dim, green, red, yellow } from './styles.ts'
import { table } from './table.ts'

/** Placements × services: what is applied, what is pending, and what failed. */
export function migrationTable(placements: readonly PlacementMigrations[]): string {
  const head = ['database', 'tenant', 'service', 'applied', 'pending', 'state'].map(bold)
  const rows = placements.flatMap(({ database, tenant, services, failure }) =>
    services.map(({ service, applied, pending, failure: own }) => [
      database,
      tenant ?? dim('pool'),
      service,
      String(applied),
      String(pending.length),
      own || failure ? red('failed') : pending.length > 0 ? yellow('pending') : green('done'),
    ]),
  )
  return table([head, ...rows])
}

/** Each failure with the next step; empty when there is none. */
export function migrationFailures(placements: readonly PlacementMigrations[]): string {
  return placements
    .flatMap(({ database, services, failure }) =>
      [failure, ...services.map((service) => service.failure)].flatMap((one) =>
        one
          ? [
              `${red('error')} ${database}: ${one.message} ${dim(`(${one.code})`)}\n  ${bold('→')} ${one.help}`,
            ]
          : [],
      ),
    )
    .join('\n')
}
