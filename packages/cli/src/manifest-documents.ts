import type { Manifest } from '@tenantry/platform'
import { stringify } from 'yaml'

/** One YAML document for each object. Texts are quoted that YAML 1.1, which `kubectl` reads, takes for something else. */
export function manifestDocuments(manifests: readonly Manifest[]): string {
  return manifests
    .map(
      (manifest) =>
        `---\n${stringify(manifest, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })}`,
    )
    .join('')
}
