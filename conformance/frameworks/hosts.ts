import type { Host } from './host.ts'
import { onExpress } from './on-express.ts'
import { onFastify } from './on-fastify.ts'
import { onHono } from './on-hono.ts'
import { onNestExpress, onNestFastify } from './on-nest.ts'
import { onNode } from './on-node.ts'

/** Every host that there is an adapter for. */
export const hosts: readonly Host[] = [onNode, onExpress, onFastify, onHono, onNestExpress, onNestFastify]
