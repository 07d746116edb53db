import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeMetrics } from './merge-metrics.ts'

const page = (service: string) =>
  `# HELP requests Requests\n# TYPE requests counter\nrequests{service_name="${service}"} 1\n# TYPE only_${service} gauge\nonly_${service} 2\n\n`

test('each family stands once, with the samples of all pages', () => {
  const merged = mergeMetrics([page('order'), page('invoice')])
  assert.equal(merged.match(/# TYPE requests counter/g)?.length, 1)
  assert.match(merged, /requests\{service_name="order"\} 1\nrequests\{service_name="invoice"\} 1/)
  assert.match(merged, /only_order 2[\s\S]*only_invoice 2/)
})

test('an empty page adds nothing', () => {
  assert.equal(mergeMetrics(['# no registered metrics\n', '']), '')
})
