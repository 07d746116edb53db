import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { format } from 'node:util'
import { createServiceDatabase } from '../../../packages/tenantry/test/service-database.ts'
import { TestPlatform } from '../../../packages/tenantry/test/test-platform.ts'
import { frameworks } from '../frameworks/frameworks.ts'
import { layers } from '../layers.ts'
import { cellPromises, connections } from './cell-promises.ts'
import { type ServedCell, serveCell } from './served-cell.ts'
import { writeCellTable } from './write-cell-table.ts'

const root = join(import.meta.dirname, '../../..')
const sql = readFileSync(join(import.meta.dirname, '../migrations/001_library.sql'), 'utf8')
const database = await createServiceDatabase('library', [{ name: '001_library.sql', sql }])
const platform = await TestPlatform.start({ ...database.address, connections })
await database.install(platform.master)
platform.becomeDeployment({ service: 'library', services: ['library'], calls: [], subscribes: [] })

after(async () => {
  platform.stop()
  await database.remove()
})

// Each service listens for the signals that end it: here many are one process.
process.setMaxListeners(0)

/** The promises that were kept, by cell. */
const kept = new Map<string, number>()

for (const framework of frameworks) {
  for (const layer of layers) {
    const name = `${framework.name} over ${layer.name}`
    describe(name, () => {
      let cell: ServedCell
      before(async () => {
        cell = await serveCell(platform, framework, layer)
      })
      after(() => cell.close())
      for (const [title, keep] of Object.entries(cellPromises)) {
        it(title, async (test) => {
          // What is made to fail is logged as well: it is shown where a promise is not kept.
          const log = test.mock.method(console, 'error', () => undefined)
          await keep(cell).catch((error: unknown) => {
            for (const { arguments: logged } of log.mock.calls) test.diagnostic(format(...logged))
            throw error
          })
          kept.set(name, (kept.get(name) ?? 0) + 1)
        })
      }
    })
  }
}

it('the guide’s table says ● of each cell that kept every promise', () => {
  const isTested = (name: string) => kept.get(name) === Object.keys(cellPromises).length
  const table = writeCellTable(frameworks, layers, (framework, layer) =>
    isTested(`${framework.name} over ${layer.name}`),
  )
  const guide = readFileSync(join(root, 'docs/guides/frameworks.md'), 'utf8')
  assert.ok(guide.includes(table), `docs/guides/frameworks.md has to say:\n\n${table}`)
})
