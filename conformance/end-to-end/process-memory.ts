import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** Which of `secrets` (by name) lie in a process's writable memory now. Linux; needs the right to trace it. */
export function findInMemory(pid: number, secrets: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>()
  const needles = [...secrets].map(([name, secret]) => [name, Buffer.from(secret)] as const)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const { start, size } of writableRegions(pid)) {
      const region = readRegion(memory, start, size)
      for (const [name, needle] of needles) if (region?.includes(needle)) found.add(name)
    }
  } finally {
    closeSync(memory)
  }
  return found
}

function writableRegions(pid: number): { start: number; size: number }[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line))
    .filter((match) => match !== null)
    .map(([, start = '', end = '']) => ({
      start: Number.parseInt(start, 16),
      size: Number.parseInt(end, 16) - Number.parseInt(start, 16),
    }))
}

function readRegion(memory: number, start: number, size: number): Buffer | undefined {
  const region = Buffer.alloc(size)
  try {
    return region.subarray(0, readSync(memory, region, 0, size, start))
  } catch {
    // Reserved but never used: there is nothing to read.
    return undefined
  }
}
