import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const pageBytes = 4096
/** An entry of `/proc/<pid>/pagemap` is 64 bits; the upper two say whether its page is in memory, or swapped out (Linux, pagemap.rst). */
const entryBytes = 8

/** Which of `secrets` (by name) lie in a process's writable memory now. Linux; needs the right to trace it. */
export function findInMemory(pid: number, secrets: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>()
  const needles = [...secrets].map(([name, secret]) => [name, Buffer.from(secret)] as const)
  const [memory, pagemap] = [openSync(`/proc/${pid}/mem`, 'r'), openSync(`/proc/${pid}/pagemap`, 'r')]
  try {
    for (const region of writableRegions(pid)) {
      for (const { start, size } of usedParts(pagemap, region)) {
        const part = readPart(memory, start, size)
        for (const [name, needle] of needles) if (part?.includes(needle)) found.add(name)
      }
    }
  } finally {
    closeSync(memory)
    closeSync(pagemap)
  }
  return found
}

interface Part {
  readonly start: number
  readonly size: number
}

function writableRegions(pid: number): Part[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line))
    .filter((match) => match !== null)
    .map(([, start = '', end = '']) => ({
      start: Number.parseInt(start, 16),
      size: Number.parseInt(end, 16) - Number.parseInt(start, 16),
    }))
}

function readPart(memory: number, start: number, size: number): Buffer | undefined {
  const part = Buffer.allocUnsafe(size)
  try {
    return part.subarray(0, readSync(memory, part, 0, size, start))
  } catch {
    // The process gave it back meanwhile.
    return undefined
  }
}

/** Neighbouring pages that were ever written, together: most of what is reserved was not, and is not read. */
function* usedParts(pagemap: number, { start, size }: Part): Generator<Part> {
  const pages = size / pageBytes
  const entries = Buffer.alloc(pages * entryBytes)
  readSync(pagemap, entries, 0, entries.length, (start / pageBytes) * entryBytes)
  const isUsed = (page: number) => ((entries[page * entryBytes + entryBytes - 1] ?? 0) & 0b1100_0000) !== 0
  for (let from = 0; from < pages; from++) {
    if (!isUsed(from)) continue
    let end = from
    while (end < pages && isUsed(end)) end++
    yield { start: start + from * pageBytes, size: (end - from) * pageBytes }
    from = end
  }
}
