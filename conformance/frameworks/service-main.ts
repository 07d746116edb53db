/** The note service as a process of its own, on the host that its first argument names. It loads no other host. */
import type { Host } from './host.ts'
import { NoteService } from './note-service.ts'

const load: Record<string, () => Promise<Host>> = {
  node: async () => (await import('./on-node.ts')).onNode,
  express: async () => (await import('./on-express.ts')).onExpress,
  fastify: async () => (await import('./on-fastify.ts')).onFastify,
  hono: async () => (await import('./on-hono.ts')).onHono,
  'nest on express': async () => (await import('./on-nest.ts')).onNestExpress,
  'nest on fastify': async () => (await import('./on-nest.ts')).onNestFastify,
}
const host = await load[process.argv[2] ?? '']?.()
if (!host) throw new Error(`there is no host \`${process.argv[2]}\``)
const notes = new NoteService()
notes.signals.on('held', () => process.send?.({ type: 'held' }))
const { origin } = await host.start(notes)
process.send?.({ type: 'listening', origin })
