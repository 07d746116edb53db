import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHost } from './read-host.ts'

test('case, port and the root’s dot are spellings of one host', () => {
  for (const text of [
    'a.shop.example',
    'A.Shop.EXAMPLE',
    'a.shop.example.',
    'a.shop.example:8080',
    'A.shop.example.:80',
  ])
    assert.equal(readHost(text), 'a.shop.example')
  assert.equal(readHost('[::1]:8080'), '[::1]')
  assert.equal(readHost('127.0.0.1'), '127.0.0.1')
  assert.equal(readHost('xn--bcher-kva.example'), 'xn--bcher-kva.example')
})

test('what is not in its plain form is no host', () => {
  for (const text of [
    ...[
      '',
      '.',
      'a..example',
      '.a.example',
      'a.example..',
      '-a.example',
      'a-.example',
      'a.example:',
      'a.example:0',
    ],
    ...[
      'a.example:65536',
      'a.example:8 0',
      'a.example:80:80',
      '%61.example',
      'a%2eexample',
      'u@a.example',
      'a.example/x',
    ],
    ...[
      'a.example, b.example',
      'a.example b.example',
      'a.example#',
      'a\u0000.example',
      '[::1',
      '[::1]x',
      'http://a.example',
    ],
    // Bytes as Node gives them, and letters that fold into others.
    ...[
      'bÃ¼cher.example',
      'bücher.example',
      '\u212a.example',
      '\u0130.example',
      'ｔenant-a.example',
      'tenant\u00ad-a.example',
    ],
    ...[`${'a'.repeat(250)}.example`],
  ])
    assert.equal(readHost(text), undefined, JSON.stringify(text))
})

test('a host that takes long to read is none', () => {
  const startedAt = performance.now()
  assert.equal(readHost(`${'a-'.repeat(100_000)}!`), undefined)
  assert.equal(readHost(`${'a.'.repeat(100_000)}!`), undefined)
  assert.ok(performance.now() - startedAt < 200)
})
