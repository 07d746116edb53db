/**
 * The start without an edit: `node --import tenantry/register service.ts` makes a service for one customer a multi-tenant
 * one before its first line runs.
 *
 * - Each server of `node:http` and `node:https` that the process makes, whatever the framework, takes only requests with a valid
 *   transaction token (401 otherwise, 421 in another tenant's silo) and serves each in the scope of its tenant.
 * - Each pool of `pg` is the deployment's own, whatever address it names, and every statement carries a lease.
 * - `fetch`, `node:http` and what is built on them reach the services that this one declares in `calls`; the process tells the
 *   platform when it listens, and ends with it.
 *
 * What would go past that is refused by name: `REGISTER_HTTP2` for servers of `node:http2`, `REGISTER_CLIENT` for connections of
 * `pg` outside a pool. The process ends with `RUNTIME_MISSING` when it is no deployment.
 * @module
 */
import { isMainThread } from 'node:worker_threads'
import { isolateEachPrisma } from './register/isolate-each-prisma.ts'
import { leaseEachPool } from './register/lease-each-pool.ts'
import { serveEachServer } from './register/serve-each-server.ts'
import { requireRuntime } from './runtime/require-runtime.ts'

// The document is the process's, not a thread's. A thread gets the same refusals, and what needs the runtime fails there.
if (isMainThread) requireRuntime()
leaseEachPool()
isolateEachPrisma()
serveEachServer()
