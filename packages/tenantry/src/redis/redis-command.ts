/** A command on its way through `ioredis`: its arguments are flat, and are strings or bytes. */
export interface RedisCommand {
  readonly name: string
  args: (string | Buffer)[]
  readonly promise: Promise<unknown>
  reject: (error: Error) => void
  transformReply: (answer: unknown) => unknown
  /** What the driver remembers of the keys, to find the cluster's slot. */
  keys?: unknown
  slot?: unknown
}

/** The words of a command as Redis compares them: in lower case, byte by byte. */
export function wordOf(arg: string | Buffer | undefined): string {
  return (typeof arg === 'string' ? arg : (arg?.toString('latin1') ?? '')).toLowerCase()
}
