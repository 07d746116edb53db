/** What every key of one tenant begins with in one service. */
export class TenantPrefix {
  readonly text: string

  constructor(service: string, tenant: string) {
    // INVARIANT: lengths go in front, so no service, tenant and key together read like three others. The braces are a
    // cluster's hash tag: the first in the key, so it decides the slot.
    this.text = `tenantry:{${service.length}:${service}:${tenant.length}:${tenant}}:`
  }

  addTo(key: string | Buffer): string | Buffer {
    return typeof key === 'string' ? this.text + key : Buffer.concat([Buffer.from(this.text), key])
  }

  /** True for a key of this tenant as Redis stores it. */
  begins(key: unknown): key is string | Buffer {
    if (typeof key === 'string') return key.startsWith(this.text)
    return key instanceof Buffer && key.subarray(0, this.text.length).equals(Buffer.from(this.text))
  }

  takeFrom(key: unknown): unknown {
    if (!this.begins(key)) return key
    return typeof key === 'string' ? key.slice(this.text.length) : key.subarray(this.text.length)
  }

  /** Makes an error, which names one key at most, speak of the one that the tenant gave. */
  takeFromError<E>(error: E): E {
    if (error instanceof Error) error.message = error.message.replace(this.text, '')
    return error
  }

  /** The pattern that matches what `pattern` matches among this tenant's keys. */
  addToPattern(pattern: string | Buffer): string | Buffer {
    const literal = this.text.replace(/[\\*?[\]^]/g, '\\$&')
    return typeof pattern === 'string' ? literal + pattern : Buffer.concat([Buffer.from(literal), pattern])
  }
}
