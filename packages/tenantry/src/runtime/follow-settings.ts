import type { RuntimeDocument } from './runtime-document.ts'

type Settings = Pick<RuntimeDocument, 'services' | 'weights'>

/** Calls `onChange` with what this deployment is told while it runs, when the configuration changes. Nobody tells one that has no channel. */
export function followSettings(onChange: (settings: Settings) => void): void {
  if (!process.channel) return
  process.on('message', (message: (Settings & { type?: unknown }) | null) => {
    if (message?.type !== 'settings') return
    const { services, weights } = message
    onChange({ services, ...(weights && { weights }) })
  })
}
