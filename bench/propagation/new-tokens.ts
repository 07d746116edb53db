import type { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'

/** Transaction tokens, each of which is given away once. */
export class NewTokens {
  readonly #platform: TestPlatform
  readonly #ready: string[] = []

  constructor(platform: TestPlatform) {
    this.#platform = platform
  }

  /** Signs so many before anything is measured: to sign takes as long as to verify. */
  prepare(count: number): void {
    while (this.#ready.length < count) this.#ready.push(this.#sign())
  }

  take(): string {
    return this.#ready.pop() ?? this.#sign()
  }

  #sign(): string {
    return this.#platform.token('tenant-a', { exp: Math.floor(Date.now() / 1000) + 900 })
  }
}
