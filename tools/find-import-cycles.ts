import { relative, resolve, sep } from 'node:path'
import { readImports } from './read-imports.ts'

type Arrows = Map<string, Set<string>>

/**
 * The ways on which arrows turn among files of one folder, types included: files that import each other in a ring, and folders that stand
 * side by side and do, by whichever of their files. Each is told once, from where it begins to where it is back.
 */
export function findImportCycles(files: readonly string[], folder: string): string[][] {
  const known = new Set(files)
  const ofFiles: Arrows = new Map()
  const ofFolders: Arrows = new Map()
  for (const file of files) {
    for (const specifier of readImports(file)) {
      const target = resolve(file, '..', specifier)
      if (!specifier.startsWith('.') || !known.has(target)) continue
      const [from, to] = [relative(folder, file), relative(folder, target)]
      draw(ofFiles, from, to)
      const beside = foldersBeside(from, to)
      if (beside) draw(ofFolders, ...beside)
    }
  }
  return [...cyclesOf(ofFiles), ...cyclesOf(ofFolders)]
}

function draw(arrows: Arrows, from: string, to: string): void {
  arrows.set(from, (arrows.get(from) ?? new Set()).add(to))
}

/** The two folders side by side that an import leads between; none for one from or to a file beside them. */
function foldersBeside(from: string, to: string): [string, string] | undefined {
  const [left, right] = [from.split(sep), to.split(sep)]
  const at = left.findIndex((part, index) => part !== right[index])
  if (at >= left.length - 1 || at >= right.length - 1) return undefined
  return [left.slice(0, at + 1).join(sep), right.slice(0, at + 1).join(sep)]
}

function cyclesOf(arrows: Arrows): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const way: string[] = []
  const follow = (at: string) => {
    if (way.includes(at)) cycles.push([...way.slice(way.indexOf(at)), at])
    else if (!done.has(at)) {
      way.push(at)
      for (const next of arrows.get(at) ?? []) follow(next)
      way.pop()
      done.add(at)
    }
  }
  for (const at of arrows.keys()) follow(at)
  return cycles
}
