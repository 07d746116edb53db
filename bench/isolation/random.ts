/** A repeatable source of whole numbers from 1 to `max`, both included (xorshift32). */
export function createRandom(seed: number): (max: number) => number {
  let state = seed | 0 || 1
  return (max) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) % max) + 1
  }
}
