import { readFileSync } from 'node:fs'

const importPattern =
  /^\s*(?:import|export)\s[\w\s{},*$]*?from\s*['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\b(?:import|import\.meta\.resolve|require|require\.resolve)\(\s*['"`]([^'"`]+)['"`]/gm

/** What a file imports, as it is written there: also types, and what it loads later. */
export function readImports(file: string): string[] {
  const matches = readFileSync(file, 'utf8').matchAll(importPattern)
  return [...matches].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}
