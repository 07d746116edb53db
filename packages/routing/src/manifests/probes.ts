import { httpPort } from './ports.ts'

interface Probe {
  readonly [field: string]: unknown
}

/** When a container counts as started, as ready for requests, and as hung: each by the same question. */
export function probes(question: Probe) {
  return {
    startupProbe: { ...question, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...question, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
    livenessProbe: { ...question, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  }
}

/** Asks a path that is answered without a token; where a service has none, whether it takes connections. */
export function httpProbe(path: string | undefined): Probe {
  return path === undefined
    ? { tcpSocket: { port: httpPort.name } }
    : { httpGet: { path, port: httpPort.name } }
}

/** Asks the control plane's API from within its container: it listens on loopback alone. */
export function loopbackProbe(port: number): Probe {
  return nodeProbe(`{ host: '127.0.0.1', port: ${port}, path: '/health' }`)
}

/** Asks a process on the socket for operators that its document names, from within its container. */
export function operatorProbe(): Probe {
  const document = "JSON.parse(require('node:fs').readFileSync(process.env.TENANTRY_RUNTIME_FILE, 'utf8'))"
  return nodeProbe(`{ socketPath: ${document}.operatorSocket, path: '/health' }`)
}

function nodeProbe(address: string): Probe {
  const script = `require('node:http').get(${address}, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`
  return { exec: { command: ['node', '-e', script] } }
}
