/** A run of migrations as a process of its own, which tells of each placement, and can be killed. */
import type { JsonWebKey } from 'node:crypto'
import { assertionCredential, createTokenServiceClient, readSigningKey } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'
import { Provisioner } from '../src/control-plane/databases/provisioner.ts'
import type { PostgresServer } from '../src/control-plane/databases/server-sessions.ts'
import type { Topology } from '../src/control-plane/deployments/topology.ts'
import { MigrationRuns } from '../src/control-plane/migrations/migration-runs.ts'

export interface MigrateDocument {
  readonly server: PostgresServer
  readonly config: TenantryConfig
  readonly configFolder: string
  readonly topologies: readonly Topology[]
  readonly key: JsonWebKey
  readonly tokenServiceSocket: string
}

process.on('message', (document: MigrateDocument) => {
  const provisioner = new Provisioner({
    ...document,
    tokenService: createTokenServiceClient({
      socketPath: document.tokenServiceSocket,
      credential: assertionCredential('control-plane', readSigningKey(document.key)),
    }),
  })
  const runs = new MigrationRuns({
    provisioner,
    placements: async () => document.topologies,
    requireTenant: async () => undefined,
  })
  void runs.run({}, ({ database }) => process.send?.({ database }))
})
