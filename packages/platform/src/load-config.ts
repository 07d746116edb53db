import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TenantryError } from '@tenantry/context'
import { readConfig, type TenantryConfig } from '@tenantry/routing'

/**
 * Reads a `tenantry.config.ts`. Throws `CONFIG_NOT_FOUND` or, naming each fault, `CONFIG_INVALID`.
 * `path` is where it is, and `folder` what the paths in it are relative to.
 */
export async function loadConfig(
  file: string,
): Promise<{ config: TenantryConfig; folder: string; path: string }> {
  const path = resolve(file)
  let module: { default?: unknown }
  try {
    module = await import(pathToFileURL(path).href)
  } catch (cause) {
    throw new TenantryError('CONFIG_NOT_FOUND', `\`${file}\` cannot be loaded: ${(cause as Error).message}`, {
      help: 'name a configuration file with `--config`',
      cause,
    })
  }
  return { config: readConfig(module.default), folder: dirname(path), path }
}
