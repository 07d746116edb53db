import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPackages, type Manifest, publishedPackages } from './build.ts'

const root = resolve(import.meta.dirname, '..')

/** Builds and packs every published package into the folder `out`; answers the tarballs' paths by package name. */
export function packPackages(out: string): Record<string, string> {
  buildPackages()
  mkdirSync(out, { recursive: true })
  const staging = mkdtempSync(join(tmpdir(), 'tenantry-pack-'))
  try {
    const packages = publishedPackages()
    const staged = packages.map(({ folder, manifest }) => stage(folder, manifest, staging))
    const args = ['pack', '--silent', '--pack-destination', resolve(out), ...staged]
    const { status, stderr } = spawnSync('npm', args, { cwd: staging, encoding: 'utf8' })
    if (status !== 0) throw new Error(`\`npm pack\` failed: ${stderr}`)
    return Object.fromEntries(
      packages.map(({ manifest }) => [manifest.name, resolve(out, tarballName(manifest))]),
    )
  } finally {
    rmSync(staging, { recursive: true })
  }
}

function stage(folder: string, manifest: Manifest, staging: string): string {
  const target = join(staging, basename(folder))
  for (const part of ['dist', ...(manifest.bin ? ['bin'] : [])]) {
    cpSync(join(folder, part), join(target, part), { recursive: true })
  }
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  const readme = join(folder, 'README.md')
  if (existsSync(readme)) cpSync(readme, join(target, 'README.md'))
  else
    writeFileSync(
      join(target, 'README.md'),
      `# ${manifest.name}\n\n${manifest.description}\n\nA part of Tenantry.\n`,
    )
  return target
}

/** What a package's package.json says once it is published: its built JavaScript in place of its source. */
export function publishedManifest(manifest: Manifest): Manifest {
  const { devDependencies, scripts, exports: entries, ...kept } = manifest
  return {
    ...kept,
    engines: { node: '>=22.19' },
    ...(entries && { exports: Object.fromEntries(Object.entries(entries).map(publishedEntry)) }),
    files: ['dist', ...(manifest.bin ? ['bin'] : [])],
  } as Manifest
}

function publishedEntry([entry, source]: [string, string]): [string, object | string] {
  if (!source.endsWith('.ts')) return [entry, source]
  const built = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '')
  return [entry, { types: `${built}.d.ts`, default: `${built}.js` }]
}

function tarballName({ name, version }: Manifest): string {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } })
  for (const tarball of Object.values(packPackages(values.out))) console.log(tarball)
}
