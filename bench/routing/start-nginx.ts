import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../packages/platform/src/supervisor/free-port.ts'
import type { ServiceProcess } from '../service-process.ts'

/** Of the system, not of npm; without it its row is left out, and the run says so. */
export const nginxMissing = spawnSync('nginx', ['-v']).error ? 'there is no nginx on this machine' : false

/** Starts the machine's nginx with one worker that forwards everything to `upstream`, over connections that it keeps. */
export async function startNginx(upstream: string): Promise<ServiceProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-nginx-'))
  const port = await findFreePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configOf({ folder, port, upstream: new URL(upstream).host }))
  const child = spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await untilListening(port, child)
  return {
    origin: `http://127.0.0.1:${port}`,
    stop() {
      child.once('exit', () => rmSync(folder, { recursive: true, force: true }))
      child.kill('SIGTERM')
    },
  }
}

function configOf({ folder, port, upstream }: { folder: string; port: number; upstream: string }): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  return `
daemon off; worker_processes 1; pid ${folder}/pid;
events { worker_connections 512; }
http {
  access_log off; ${temporary.join(' ')}
  upstream service { server ${upstream}; keepalive 64; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000000;
    location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header connection ''; }
  }
}`
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return
    await sleep(50)
  }
  throw new Error('nginx does not listen')
}
