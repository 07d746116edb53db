import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** One of the services that are measured, in a process of its own. */
export interface ServiceProcess {
  readonly origin: string
  stop(): void
}

/** Starts a file as a process and settles when it says where it listens. */
export async function startProcess(file: string, env: Record<string, string>): Promise<ServiceProcess> {
  const child: ChildProcess = fork(file, {
    // An access log goes where a supervisor would put it: into a file.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH, ...env },
  })
  for (;;) {
    const [message] = (await once(child, 'message')) as [unknown]
    // The adapter tells the platform that it is ready, too.
    if (typeof message === 'string') return { origin: message, stop: () => void child.kill('SIGKILL') }
  }
}
