import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import type { Framework } from '../frameworks/framework.ts'
import type { Layer } from '../layers.ts'

/** The table of frameworks and data layers, in Markdown, with the versions that are installed. */
export function writeCellTable(
  frameworks: readonly Framework[],
  layers: readonly Layer[],
  isTested: (framework: Framework, layer: Layer) => boolean,
): string {
  const rows = frameworks.map((framework) => [
    labelOf(framework),
    ...layers.map((layer) => (isTested(framework, layer) ? '●' : '○')),
  ])
  const lines = [['', ...layers.map(labelOf)], ['', ...layers].map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** A name with the version that tells what works with what: the major one, or both before 1.0; Node's own has none. */
function labelOf({ name, package: of }: Framework | Layer): string {
  if (of === undefined) return name
  const file = findPackageJSON(of, import.meta.url)
  if (file === undefined) throw new Error(`\`${of}\` is not installed`)
  const [major, minor] = JSON.parse(readFileSync(file, 'utf8')).version.split('.')
  return `${name} ${major === '0' ? `0.${minor}` : major}`
}
