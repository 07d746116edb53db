import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PressedKey, pressKey, type TopView } from './top-view.ts'

const first: TopView = { sort: 'requests', filter: '', isTyping: false }
const letters = (text: string): PressedKey[] => [...text].map((sequence) => ({ name: sequence, sequence }))
const after = (keys: readonly PressedKey[], view: TopView = first) =>
  keys.reduce<TopView | 'quit'>((seen, key) => (seen === 'quit' ? seen : pressKey(seen, key)), view)

test('q and Ctrl-C end it; while a filter is written q is a letter', () => {
  assert.equal(after(letters('q')), 'quit')
  assert.equal(after([{ name: 'c', sequence: '\x03', ctrl: true }]), 'quit')
  assert.deepEqual(after(letters('/q')), { ...first, filter: 'q', isTyping: true })
  assert.equal(after([...letters('/q'), { name: 'c', sequence: '\x03', ctrl: true }]), 'quit')
})

test('s and the arrows go through the columns, and around', () => {
  assert.deepEqual(after(letters('s')), { ...first, sort: 'errors' })
  assert.deepEqual(after([{ name: 'left', sequence: '\x1b[D' }]), { ...first, sort: 'tier' })
  assert.deepEqual(after(letters('ssssssssss')), first)
  const arrow = { name: 'left', sequence: '\x1b[D' }
  assert.deepEqual(after([arrow, arrow, arrow]), { ...first, sort: 'events' })
})

test('a filter has letters of tenants’ ids; Enter keeps it, Escape takes it away', () => {
  const written = [...letters('/t-1A Ü'), { name: 'backspace', sequence: '\x7f' }, ...letters('2')]
  assert.deepEqual(after([...written, { name: 'return', sequence: '\r' }]), { ...first, filter: 't-2' })
  assert.deepEqual(after([...written, { name: 'escape', sequence: '\x1b' }]), first)
  assert.deepEqual(after([{ name: 'escape', sequence: '\x1b' }], { ...first, filter: 'x' }), first)
})

test('other keys do nothing', () => {
  assert.deepEqual(after([...letters('xZ1'), { name: 'f1' }, { name: 'z', ctrl: true }, {}]), first)
})
