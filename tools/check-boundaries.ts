/**
 * Holds the packages to the picture in ARCHITECTURE.md: context imports no room, the other rooms import only
 * context, and the arrows never turn, between packages as between folders and files of one. Also that each package declares exactly what it
 * imports, that nobody reaches inside another package, and that no file has a name that says nothing.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative, resolve, sep } from 'node:path'
import { findImportCycles } from './find-import-cycles.ts'
import { readImports } from './read-imports.ts'

const context = '@tenantry/context'
const rooms = [
  context,
  ...['isolation', 'propagation', 'routing', 'metrics'].map((name) => `@tenantry/${name}`),
]

/** What each package may import of ours. */
const arrows: Record<string, string[]> = {
  ...Object.fromEntries(rooms.map((room) => [room, room === context ? [] : [context]])),
  tenantry: rooms,
  // Of the console, its files.
  '@tenantry/platform': [...rooms, '@tenantry/console'],
  '@tenantry/console': [],
  '@tenantry/cli': ['@tenantry/platform'],
}
const arrowsOfExamples = ['tenantry']

/** What they import is built into their `dist`, so that whoever installs them needs none of it. */
const bundled = ['@tenantry/console']

const emptyName = /(^|[-./])(utils?|helpers?|common|misc|managers?)([-./]|$)/
interface Manifest {
  name: string
  exports?: Record<string, unknown>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** One line for each place in the repository at `root` that breaks a rule. */
export function findViolations(root: string): string[] {
  const folders = globSync(['packages/*/package.json', 'examples/*/*/package.json'], {
    cwd: root,
    exclude: ['**/node_modules'],
  }).map((file) => resolve(root, file, '..'))
  const manifests = new Map(folders.map((folder) => [folder, readManifest(folder)]))
  const exportsOf = new Map([...manifests.values()].map(({ name, exports }) => [name, exports ?? {}]))
  const shared = existsSync(join(root, 'package.json')) ? (readManifest(root).devDependencies ?? {}) : {}
  const inPackages = [...manifests].flatMap(([folder, manifest]) =>
    checkPackage({ root, folder, manifest, exportsOf, shared }),
  )
  return [...inPackages, ...checkNames(root)]
}

interface PackageToCheck {
  root: string
  folder: string
  manifest: Manifest
  exportsOf: Map<string, Record<string, unknown>>
  /** What the repository's own package.json gives to every test. */
  shared: Record<string, string>
}

function checkPackage({ root, folder, manifest, exportsOf, shared }: PackageToCheck): string[] {
  const isExample = relative(root, folder).startsWith('examples')
  const allowed = isExample ? arrowsOfExamples : arrows[manifest.name]
  if (allowed === undefined) return [`${manifest.name}: give it its arrows in tools/check-boundaries.ts`]
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  const atBuild = bundled.includes(manifest.name) ? (manifest.devDependencies ?? {}) : {}
  const violations: string[] = []
  const imported = new Set<string>()

  for (const file of sourceFiles(folder)) {
    const isTest = /\.test\.ts$/.test(file)
    const report = (fact: string) => violations.push(`${relative(root, file)}: ${fact}`)
    for (const specifier of readImports(file)) {
      if (specifier.startsWith('.')) {
        const target = resolve(file, '..', specifier)
        const isTestTool = isTest && target.startsWith(join(root, 'tools') + sep)
        if (!target.startsWith(folder + sep) && !isTestTool) report(`\`${specifier}\` leaves the package`)
        continue
      }
      if (isBuiltin(specifier)) continue
      const name = packageOf(specifier)
      if (!isTest) imported.add(name)
      const isDeclared =
        name in declared ||
        name in atBuild ||
        (isTest && (name in (manifest.devDependencies ?? {}) || name in shared))
      if (!isDeclared && name !== manifest.name) report(`\`${name}\` is not declared in its package.json`)
      const entries = exportsOf.get(name)
      if (entries === undefined) continue
      if (name !== manifest.name && !allowed.includes(name)) report(`may not import \`${name}\``)
      if (!(`.${specifier.slice(name.length)}` in entries))
        report(`\`${specifier}\` reaches inside a package`)
    }
  }

  const source = sourceFiles(folder).filter((file) => !/\.test\.tsx?$/.test(file))
  for (const cycle of findImportCycles(source, folder))
    violations.push(`${relative(root, folder)}: imports lead back: ${cycle.join(' → ')}`)

  for (const name of Object.keys(declared)) {
    // A package's types count as used where the package is.
    const isUsed = imported.has(name) || imported.has(name.replace('@types/', ''))
    if (!isUsed) violations.push(`${relative(root, folder)}/package.json: nothing imports \`${name}\``)
  }
  return violations
}

function checkNames(root: string): string[] {
  const files = globSync('{packages,examples,conformance,tools}/**', {
    cwd: root,
    exclude: ['**/node_modules', '**/dist'],
  })
  return files
    .filter((file) => emptyName.test(file))
    .map((file) => `${file}: its name does not say what it does`)
}

function sourceFiles(folder: string): string[] {
  const files = globSync(['src/**/*.{ts,tsx}', 'bin/**/*.js', 'server.js'], { cwd: folder })
  return files.sort().map((file) => join(folder, file))
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

if (import.meta.main) {
  const violations = findViolations(resolve(import.meta.dirname, '..'))
  for (const violation of violations) console.error(violation)
  process.exitCode = violations.length > 0 ? 1 : 0
}
