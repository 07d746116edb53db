import { isTenantryError, TenantryError } from '@tenantry/context'

interface StartFailure {
  readonly type: 'failed'
  readonly code: string
  readonly message: string
  readonly help: string
}

/**
 * Runs a part of this process's start. When it fails with a named error that trying again does not mend, whoever
 * started the process is told, before it rejects.
 */
export async function orTellWhy(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isTenantryError(error) && error.status !== 503) {
      const { code, message, help } = error
      const told: StartFailure = { type: 'failed', code, message, help }
      await new Promise((resolve) => process.send?.(told, undefined, undefined, resolve) ?? resolve(null))
    }
    throw error
  }
}

/** The error that a child told of, when `message` is that. */
export function readStartFailure(message: unknown): TenantryError | undefined {
  const { type, code, message: text, help } = (message ?? {}) as Partial<StartFailure>
  if (type !== 'failed' || !code || !text || !help) return undefined
  return new TenantryError(code, text, { help })
}
