import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { RunningSystem } from './running-system.ts'

const readme = readFileSync('README.md', 'utf8')

/** What the README says is true of the running system. */
export function describeReadme(system: RunningSystem): void {
  const run = async (block: string) => {
    const commands = block.replaceAll('http://localhost:8080', system.gateway)
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], {
      env: system.env,
    })
    return stdout
  }

  describe('the README', () => {
    it('has the two commands that package.json has', () => {
      const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
      for (const [command] of readme.matchAll(/^npm \w+/gm)) assert.ok(scripts[command.slice(4)], command)
      assert.match(readme, /^npm start /m)
      assert.match(readme, /^npm test /m)
    })

    it('has calls that work as they stand', async () => {
      const output = await run(blockWith('TOKEN='))
      assert.match(output, /"msg":"Order created"/)
      assert.match(output, /"total_price":"12\.50"/)
    })

    it('has operators’ commands that work as they stand', async () => {
      const output = await run(blockWith('tenant onboard'))
      assert.match(output, /tenant-f +premium +active +own +own +own +own/)
      assert.match(output, /status +suspended/)
    })

    it('has an audit that finds nothing', async () => {
      assert.match(await run(blockWith('npx tenantry audit')), /no hole in \d databases/)
    })

    it('links to nothing that is not there', () => {
      for (const page of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
        for (const [, link = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
          assert.ok(/^https?:/.test(link) || existsSync(link), `${page} links to ${link}`)
        }
      }
    })
  })
}

function blockWith(text: string): string {
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
  return blocks.find((block) => block.includes(text)) ?? assert.fail(`no block has ${text}`)
}
