import type { Framework } from './framework.ts'
import { onExpress } from './on-express.ts'
import { onFastify } from './on-fastify.ts'
import { onHono } from './on-hono.ts'
import { onNest } from './on-nest.ts'
import { onNode } from './on-node.ts'

export const frameworks: readonly Framework[] = [onFastify, onExpress, onNest, onHono, onNode]
