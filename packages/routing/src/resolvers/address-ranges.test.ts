import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressRange, createAddressRanges } from './address-ranges.ts'

test('an address is in the ranges that hold it, whichever way IPv4 is written', () => {
  const isIn = createAddressRanges(['10.0.0.0/8', '192.168.1.7', 'fd00::/8', '::1'])
  for (const address of ['10.255.0.1', '::ffff:10.1.2.3', '192.168.1.7', 'fd12::1', '::1'])
    assert.equal(isIn(address), true, address)
  for (const address of [
    '11.0.0.1',
    '192.168.1.8',
    '::ffff:11.0.0.1',
    'fe80::1',
    '::2',
    '',
    'localhost',
    '10.0.0.1, 11.0.0.1',
  ])
    assert.equal(isIn(address), false, address)
})

test('what is no range is refused when it is read', () => {
  for (const text of [
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'proxy.example',
    '*',
    '',
  ])
    assert.equal(addressRange.safeParse(text).success, false, text)
})
