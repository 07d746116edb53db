import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

test('a deployment learns what changes from whoever started it, and takes nothing else for that', async () => {
  const code = `import { followSettings } from ${JSON.stringify(new URL('follow-settings.ts', import.meta.url))}
    followSettings((settings) => process.send(settings))
    process.send('following')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  assert.deepEqual(await once(child, 'message'), ['following', undefined])
  const told = once(child, 'message')
  child.send({ type: 'other', services: ['forged'] })
  child.send({ type: 'settings', services: ['order', 'invoice'], weights: { premium: 3 } })
  assert.deepEqual((await told)[0], { services: ['order', 'invoice'], weights: { premium: 3 } })
  child.kill()
})
