import { randomUUID } from 'node:crypto'
import type { SeededRandom } from './seeded-random.ts'

/** An id of the same shape that nobody has. */
export function randomLike(id: string, random: SeededRandom): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id)) return randomUUID()
  // Far above what a sequence gives, and still an integer of four bytes.
  if (/^\d{1,10}$/.test(id)) return String(1_500_000_000 + random.below(400_000_000))
  return id.replace(/[a-z0-9]/gi, (letter) => {
    if (/[0-9]/.test(letter)) return String(random.below(10))
    const pool = /[a-f]/i.test(letter) ? 'abcdef' : 'ghjkmnpqrstvwxyz'
    const drawn = pool[random.below(pool.length)] ?? letter
    return letter === letter.toUpperCase() ? drawn.toUpperCase() : drawn
  })
}
