import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { untilListening } from './until-listening.ts'

const isMissing = (program: string, argument: string) =>
  spawnSync(program, [argument]).error ? `there is no ${program} on this machine` : false

/** Of the system, not of npm: a machine without it is told so, and a run under CI fails. */
export const nginxMissing = isMissing('nginx', '-v')

/** Of the system, not of npm: a machine without it is told so, and a run under CI fails. */
export const caddyMissing = isMissing('caddy', 'version')

/** A real ingress on a loopback port, with a configuration of the documentation. */
export interface TestIngress {
  readonly origin: string
  stop(): Promise<void>
}

/** Where it listens in the configuration, on the loopback interface. */
export const ingressPort = ':8080'

/**
 * Starts the machine's nginx or Caddy with a configuration file in which nothing but these addresses is replaced, one of which is
 * `ingressPort`; rejects when there is none, or when it refuses the file.
 */
export async function startIngress(
  program: 'nginx' | 'caddy',
  file: string,
  addresses: Readonly<Record<string, string>>,
): Promise<TestIngress> {
  const folder = mkdtempSync(join(tmpdir(), `tenantry-${program}-`))
  let text = readFileSync(file, 'utf8')
  for (const [documented, address] of Object.entries(addresses)) {
    if (!text.includes(documented)) throw new Error(`${file} has no ${documented}`)
    text = text.replaceAll(documented, address)
  }
  const config = join(folder, 'ingress.conf')
  writeFileSync(config, program === 'nginx' ? inOwnFolder(text, folder) : text)
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe']
  const child =
    program === 'nginx'
      ? spawn('nginx', ['-p', folder, '-c', config, '-e', 'stderr', '-g', `daemon off; pid ${folder}/pid;`], {
          stdio,
        })
      : spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', config], {
          stdio,
          env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
        })
  let said = ''
  child.stderr.on('data', (data) => {
    said += data
  })
  const terminate = () => child.kill('SIGTERM')
  process.once('exit', terminate)
  const stop = async () => {
    process.off('exit', terminate)
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      terminate()
      await gone
    }
    rmSync(folder, { recursive: true, force: true })
  }
  const port = (addresses[ingressPort] ?? ingressPort).slice(1)
  try {
    await untilListening(Number(port), child)
  } catch (cause) {
    await stop()
    throw new Error(`${program} does not start: ${said}`, { cause })
  }
  return { origin: `http://127.0.0.1:${port}`, stop }
}

// Where nginx is built to keep what it buffers is root's.
function inOwnFolder(text: string, folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const paths = kinds.map((kind) => {
    mkdirSync(join(folder, kind))
    return `${kind}_temp_path ${folder}/${kind};`
  })
  return text.replace('http {', `http { ${paths.join(' ')}`)
}
