import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

export interface Manifest {
  name: string
  version: string
  description: string
  private?: boolean
  exports?: Record<string, string>
  bin?: Record<string, string>
  scripts?: Record<string, string>
  [key: string]: unknown
}

/** The packages that are published: each one's folder and package.json. */
export function publishedPackages(): { folder: string; manifest: Manifest }[] {
  return globSync('packages/*/package.json', { cwd: root })
    .map((file) => ({
      folder: resolve(root, file, '..'),
      manifest: JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true)
}

/**
 * Compiles all packages to JavaScript with declarations in one run, each into the `dist` of its own folder, and
 * copies what else lies in its `src`. One with a `build` of its own, such as the console's page, is built by that. Throws when the
 * compiler finds an error.
 */
export function buildPackages(): void {
  const out = mkdtempSync(join(tmpdir(), 'tenantry-build-'))
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const args = [tsc, '-p', 'tools/tsconfig.build.json', '--outDir', out]
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
    if (status !== 0) throw new Error('the packages do not compile; the compiler says why above')
    for (const { folder, manifest } of publishedPackages()) {
      if (manifest.scripts?.build !== undefined) {
        buildByItself(folder)
        continue
      }
      const dist = join(folder, 'dist')
      rmSync(dist, { recursive: true, force: true })
      cpSync(join(out, basename(folder), 'src'), dist, { recursive: true })
      for (const asset of globSync('**/*.*', { cwd: join(folder, 'src') })) {
        if (!asset.endsWith('.ts')) cpSync(join(folder, 'src', asset), join(dist, asset), { recursive: true })
      }
    }
  } finally {
    rmSync(out, { recursive: true })
  }
}

function buildByItself(folder: string): void {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`\`${folder}\` does not build; it says why above`)
}

if (import.meta.main) buildPackages()
