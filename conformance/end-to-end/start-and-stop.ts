import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'

/** Starting, stopping and starting again. Leaves the system running. */
export function describeStartAndStop(system: RunningSystem): void {
  describe('starting and stopping', () => {
    it('what the ready screen prints works when it is pasted into a shell', async () => {
      const screen = system.output.slice(system.output.indexOf('Ready in'))
      const lines = screen.split('\n').filter((line) => /^ {2}(TOKEN|AUTH|PRODUCT|curl|sleep)/.test(line))
      assert.equal(lines.length, 5, screen)
      const { stdout } = await promisify(execFile)('bash', ['-euc', lines.join('\n')], { env: system.env })
      assert.match(stdout, /"msg":"Order created"/)
      assert.match(stdout, /"total_price":"12\.50"/)
    })

    it('a second start on the same state, or on a port in use, is an error that says what to do', () => {
      const start = (env: NodeJS.ProcessEnv) =>
        spawnSync(
          process.execPath,
          ['packages/cli/bin/tenantry.js', 'start', '--config', 'examples/shop/tenantry.config.ts'],
          {
            env: { ...system.env, ...env },
            encoding: 'utf8',
          },
        )
      const samePort = start({ TENANTRY_HOME: `${system.home}-other` })
      assert.equal(samePort.status, 1)
      assert.match(
        samePort.stderr,
        /port \d+ is already in use \(PORT_IN_USE\)\n.*`--gateway-port`.*`TENANTRY_GATEWAY_PORT`/,
      )
      const otherPorts = { TENANTRY_GATEWAY_PORT: '0', TENANTRY_CONTROL_PORT: '0' }
      assert.match(start(otherPorts).stderr, /`0` is not a port/)
    })

    it('stops within 5 s, leaves no process, and keeps the data for the next start', async () => {
      const product = await system.product('tenant-c', '4.20')
      const order = await system.order('tenant-b', [await system.product('tenant-b', '1.10')])
      const processes = await system.processes()
      const tookMs = await system.stop()
      assert.ok(tookMs < 5_000, `it took ${Math.round(tookMs)} ms`)
      for (const [name, pid] of processes) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, name)

      await system.start()
      const found = await system.call('tenant-c', 'GET', `/products/${product}`)
      assert.equal(found.status, 200)
      assert.equal((await system.invoice('tenant-b', order, 10_000)).total_price, '1.10')
      assert.equal((await system.processes()).size, processes.size)
    })

    it('a killed supervisor takes its processes along, and the next start takes its PostgreSQL over', async () => {
      const product = await system.product('tenant-a', '3.30')
      const processes = await system.processes()
      process.kill(system.pid, 'SIGKILL')
      await eventually(5_000, async () =>
        [...processes].every(([name, pid]) => name === 'postgres' || !isAlive(pid)),
      )
      await system.start()
      assert.equal((await system.call('tenant-a', 'GET', `/products/${product}`)).status, 200)
    })
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
