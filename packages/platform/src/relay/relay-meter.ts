import type { RelayMeter } from './relay.ts'

export function createRelayMeter(): RelayMeter & { page(): Promise<string> } {
  return {
    published: () => undefined,
    refused: () => undefined,
    attempted: () => undefined,
    page: async () => '',
  }
}
