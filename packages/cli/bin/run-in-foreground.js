import { spawn } from 'node:child_process'

/**
 * Runs `command` on this terminal and ends as it ends: with its exit code, or by the signal that ended it.
 * Ctrl-C reaches the child through the terminal; any other signal is passed on. Never returns.
 */
export function runInForeground(command, args, env = process.env) {
  const child = spawn(command, args, { stdio: 'inherit', env })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) {
    process.on(signal, () => {
      // A terminal signals its whole foreground group: passing SIGINT on would make one Ctrl-C two.
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    })
  }
  if (process.env.npm_lifecycle_event !== undefined) stopWithParent(child)
  child.on('error', (error) => {
    console.error(`cannot start \`${command}\`: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const name of signals) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
  return new Promise(() => {})
}

/** npm runs a script in a shell that does not pass signals on: that shell's end is the only sign of them. */
function stopWithParent(child) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    child.kill('SIGTERM')
  }, 250)
}
