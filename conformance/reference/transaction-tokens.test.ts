import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/reference/transaction-tokens.md'), 'utf8')
const rows = [...page.matchAll(/^\| (?!clause|---)(.*?) \| (.*?) \| (.*) \|$/gm)]

test('every clause names a test that is there, or says that it is not met', () => {
  assert.ok(rows.length > 30)
  for (const [line, , , shown = ''] of rows) {
    if (shown.startsWith('**not met**')) continue
    const [, file = '', title = ''] = /^`([^`]+)`: (.*?)(?:\. Who asks again.*)?$/.exec(shown) ?? []
    assert.ok(existsSync(join(root, file)), line)
    const titles = readFileSync(join(root, file), 'utf8')
    assert.ok(titles.includes(title) && title.length > 20, `${file} has no test “${title}”`)
  }
})
