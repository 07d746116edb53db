// Serves the page as it is edited, against a system that runs on this machine: `TENANTRY_HOME=… TENANTRY_CONTROL_PORT=… npm run dev -w packages/console`.
// What is asked goes to that system's control plane with its admin token, so that nobody has to sign in. Not a part of what is shipped.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createServer } from 'vite'

const home = resolve(import.meta.dirname, '../../..', process.env.TENANTRY_HOME ?? '.tenantry')
const port = process.env.TENANTRY_CONTROL_PORT ?? '8090'
const authorization = `Bearer ${readFileSync(join(home, 'admin-token'), 'utf8').trim()}`
/** What the control plane answers; all else is the page's. */
const calls =
  '^/(health|session|sign-in|sign-out|tenants|deployments|config|audit|keys|events|explain|metrics|requests|live|usage|cost)(?=[/?.]|$)'

const server = await createServer({
  root: resolve(import.meta.dirname, '..'),
  server: {
    host: '127.0.0.1',
    port: Number(process.env.PORT ?? 5173),
    proxy: { [calls]: { target: `http://127.0.0.1:${port}`, headers: { authorization } } },
  },
})
await server.listen()
server.printUrls()
